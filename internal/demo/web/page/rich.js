// Texts as Telegram shows them. Entities count UTF-16 units, as JavaScript's strings do.
import { h } from "./dom.js";

const plainTags = { bold: "b", italic: "i", underline: "u", strikethrough: "s" };

/** rich makes nodes of a text and its entities. around: {account, copy(text), command(text), link(url), tell(text), open: Set}. */
export function rich(text, entities, around) {
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return range(text, 0, text.length, sorted, around, false);
}

function range(text, from, to, entities, around, literal) {
  const out = [];
  let at = from;
  for (let i = 0; i < entities.length; i++) {
    const e = entities[i];
    const end = Math.min(e.offset + e.length, to);
    if (e.offset < at || e.offset >= to) continue;
    out.push(...plain(text.slice(at, e.offset), around, literal));
    const inner = entities.slice(i + 1).filter((x) => x.offset < end);
    const block = e.type.endsWith("blockquote") || e.type === "pre";
    out.push(element(e, text.slice(e.offset, end), () => range(text, e.offset, end, inner, around, literal || isLiteral(e)), around));
    at = end;
    if (block && text[at] === "\n") at++; // a block breaks the line itself
  }
  out.push(...plain(text.slice(at, to), around, literal));
  return out;
}

const isLiteral = (e) => ["code", "pre", "text_link", "text_mention", "mention", "url", "bot_command"].includes(e.type);

// found is what clients mark by themselves.
const found = /(?<![\w\/<>])(\/[a-zA-Z0-9_]{1,64}(?:@\w{3,32})?)(?![\w\/<>])|(?<!\w)(@\w{4,32})|(https?:\/\/[^\s<>"]+)/g;

function plain(text, around, literal) {
  if (!text) return [];
  if (literal) return [text];
  const out = [];
  let at = 0;
  for (const m of text.matchAll(found)) {
    if (m.index > at) out.push(text.slice(at, m.index));
    if (m[1]) out.push(command(m[1], around));
    else out.push(m[2] ? h("span", { class: "mention" }, m[0]) : link(m[3], [m[3]], around));
    at = m.index + m[0].length;
  }
  if (at < text.length) out.push(text.slice(at));
  return out;
}

function command(text, around) {
  return h("button", { type: "button", class: "command", "data-command": text, title: "Send " + text, onclick: () => around.command(text) }, text);
}

// link says where it leads, and does not go there: nothing leaves the machine.
function link(url, inner, around) {
  return acting(h("span", { class: "link", role: "link", tabindex: 0, title: url }, inner), () => around.link(url));
}

// acting makes something in a text a thing to tap, or to choose with Enter. A button would not break at the line's end.
function acting(el, act) {
  el.addEventListener("click", act);
  el.addEventListener("keydown", (ev) => { if (ev.key === "Enter" || ev.key === " ") { ev.preventDefault(); act(); } });
  return el;
}

function element(e, raw, inner, around) {
  if (plainTags[e.type]) return h(plainTags[e.type], null, inner());
  switch (e.type) {
    case "code":
      return h("code", { class: "code", title: "Copy", onclick: () => around.copy(raw) }, inner());
    case "pre":
      return h("pre", { class: "pre", "data-language": e.language || null }, h("code", null, inner()));
    case "spoiler":
      return spoiler(inner(), e, around);
    case "blockquote":
      return h("blockquote", { class: "quote" }, inner());
    case "expandable_blockquote":
      return expandable(inner(), e, around);
    case "text_link":
      return link(e.url, inner(), around);
    case "text_mention":
      return h("span", { class: e.user?.id === around.account ? "mention me" : "mention", "data-user": e.user?.id }, inner());
    case "mention":
      return h("span", { class: "mention" }, inner());
    case "url": case "email": case "hashtag": case "phone_number":
      return h("span", { class: "link" }, inner());
    case "bot_command":
      return command(raw, around);
    case "date_time":
      return time(e, raw, around);
  }
  return h("span", null, inner());
}

function spoiler(inner, e, around) {
  const id = "s" + e.offset;
  const el = h("span", { class: "spoiler", role: "button", tabindex: 0, "aria-label": "Hidden text: show it" }, inner);
  const show = () => { around.open.add(id); el.classList.add("shown"); el.removeAttribute("role"); el.removeAttribute("aria-label"); };
  if (around.open.has(id)) show();
  return acting(el, show);
}

// expandable shows three lines until it is opened; the toggle is there only if there are more.
function expandable(inner, e, around) {
  const id = "q" + e.offset;
  const body = h("div", { class: "quote-body" }, inner);
  const toggle = h("button", { type: "button", class: "quote-toggle", "data-testid": "expand", "aria-label": "Show all of the quote" });
  const el = h("blockquote", { class: "quote expandable" }, body, toggle);
  const set = (open) => {
    el.classList.toggle("open", open);
    toggle.setAttribute("aria-expanded", String(open));
    open ? around.open.add(id) : around.open.delete(id);
  };
  set(around.open.has(id));
  el.addEventListener("click", (ev) => { // anywhere, as in Telegram, but on what is in it and when text is being selected
    const on = ev.target.closest("blockquote, button, [role], code");
    if (on !== el && on !== toggle || !getSelection().isCollapsed || toggle.hidden) return;
    set(!el.classList.contains("open"));
  });
  new ResizeObserver(() => { // also when the phone comes into view: hidden, nothing has a height
    if (!el.classList.contains("open") && body.clientHeight > 0) toggle.hidden = body.scrollHeight <= body.clientHeight + 2;
    el.classList.toggle("whole", toggle.hidden);
  }).observe(body);
  return el;
}

/** time shows a moment in the zone of who looks; without a format the text stays as the bot wrote it. */
function time(e, raw, around) {
  const at = new Date(e.unix_time * 1000);
  const format = e.date_time_format ?? "";
  const el = h("time", { datetime: at.toISOString(), class: "when", title: full(at), "data-relative": format === "r", onclick: () => around.tell(full(at)) });
  el.textContent = format === "" ? raw : format === "r" ? relative(at) : absolute(at, format);
  return el;
}

/** goOn writes anew how long ago things were. */
export function goOn(within) {
  for (const el of within.querySelectorAll("time[data-relative]")) {
    const now = relative(new Date(el.dateTime));
    if (el.textContent !== now) el.textContent = now;
  }
}

const full = (at) => absolute(at, "wDT") + " " + new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(at).find((p) => p.type === "timeZoneName").value;

function absolute(at, format) {
  const parts = [];
  if (format.includes("w")) parts.push(at.toLocaleDateString("en-GB", { weekday: "long" }));
  if (format.includes("D")) parts.push(at.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" }));
  if (format.includes("d")) parts.push(at.toLocaleDateString("en-GB", { day: "2-digit", month: "2-digit", year: "2-digit" }));
  const hours = { hour: "2-digit", minute: "2-digit", hour12: false };
  if (format.includes("T")) parts.push(at.toLocaleTimeString("en-GB", { ...hours, second: "2-digit" }));
  if (format.includes("t")) parts.push(at.toLocaleTimeString("en-GB", hours));
  return parts.join(", ");
}

const units = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function relative(at) {
  const seconds = Math.trunc((at - Date.now()) / 1000);
  const [unit, size] = units.find(([, s]) => Math.abs(seconds) >= s) ?? units.at(-1);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}
