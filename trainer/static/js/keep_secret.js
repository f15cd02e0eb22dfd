/** A login: the LMS keeps the secret that binds it to this browser, in case our cookie does not come back. */

import { keep } from "./platform_storage.js";
import { pageData } from "./talk.js";

const login = pageData("login");
await keep(login.storage, login.secret);
window.location.replace(login.next);
