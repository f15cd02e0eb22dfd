/**
 * Tell the LMS that the registration is done, so that it closes this page (LTI Dynamic Registration 1.0, 3.9). It opened
 * us in a frame, or in a window of its own (Brightspace); Sakai may read texts only. The message holds nothing.
 */

const MESSAGE = { subject: "org.imsglobal.lti.close" };

const lms = window.opener ?? (window.parent === window ? null : window.parent);
lms?.postMessage(MESSAGE, "*");
lms?.postMessage(JSON.stringify(MESSAGE), "*");
