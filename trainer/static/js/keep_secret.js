/** A login: the LMS keeps the secret that binds it to this browser, in case our cookie does not come back. */

import { keep } from "./platform_storage.js";
import { pageData } from "./talk.js";

const login = pageData("login");
// Kept or not, in time or not: the launch will find out, and most browsers bring the cookie back anyway
await keep(login.storage, login.secret).catch(() => false);
window.location.replace(login.next);
