// Keeps small things for the tool, as long as this page stands: LTI Platform Storage,
// https://www.imsglobal.org/spec/lti-pm-s/v0p1. Whoever else asks is told that it is the wrong place.
const TOOL = document.currentScript.dataset.tool;
const LONGEST = 4096; // characters, all together

const kept = new Map();

const SERVICES = {
  "lti.capabilities": () => ({ supported_messages: Object.keys(SERVICES).map((subject) => ({ subject })) }),
  "lti.put_data": ({ key, value }) => {
    if (typeof key !== "string" || typeof value !== "string") return refusal("bad_request", "key or value is no text");
    const others = [...kept].filter(([name]) => name !== key).reduce((sum, [name, text]) => sum + name.length + text.length, 0);
    if (others + key.length + value.length > LONGEST) return refusal("storage_exhaustion", "no room left");
    kept.set(key, value);
    return { key, value };
  },
  "lti.get_data": ({ key }) =>
    typeof key === "string" ? { key, value: kept.get(key) ?? null } : refusal("bad_request", "key is no text"),
};

const refusal = (code, message) => ({ error: { code, message } });

window.addEventListener("message", ({ data, source, origin }) => {
  if (data === null || typeof data !== "object" || typeof data.message_id !== "string") return;
  if (!Object.hasOwn(SERVICES, data.subject)) return;
  const answer = origin === TOOL ? SERVICES[data.subject](data) : refusal("wrong_origin", "not the tool");
  source.postMessage({ subject: `${data.subject}.response`, message_id: data.message_id, ...answer }, origin);
});
