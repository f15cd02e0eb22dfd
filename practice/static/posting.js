// Sends the form of the page on: the browser carries the message between the LMS and the tool.
document.getElementById("posting").submit();
