// The messages of one chat, in place: an edit changes its own bubble and nothing else.
import { h, icon, clock } from "./dom.js";
import { rich } from "./rich.js";

/** Chat shows the open chat of a phone. host: {phone(), post(path, body), toast(text), reply(message), openFile(chat, message), openPhoto(src), say(text)}. */
export class Chat {
  constructor(host) {
    this.host = host;
    this.list = h("div", { class: "messages", role: "log", "aria-label": "Messages", "aria-live": "off", tabindex: 0, "data-testid": "messages" });
    this.down = h("button", { type: "button", class: "to-end", "aria-label": "To the newest message", hidden: true, onclick: () => this.end(true) }, icon("down"));
    this.list.addEventListener("scroll", () => { this.down.hidden = this.atEnd(); }, { passive: true });
    this.bubbles = new Map(); // by key: {el, was, open}
    this.waiting = new Map(); // by the callback's id: "message data"
    this.id = null;
  }

  atEnd() { return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 48; }
  end(smooth) { this.list.scrollTo({ top: this.list.scrollHeight, behavior: smooth ? "smooth" : "instant" }); }

  show(chat) {
    const fresh = this.id !== chat.id;
    if (fresh) { this.bubbles.clear(); this.list.replaceChildren(); this.id = chat.id; }
    const stay = fresh || this.atEnd();
    const seen = new Set();
    let before = null, day = "", last = null;
    for (const m of chat.messages) {
      const today = new Date(m.date * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "long" });
      if (today !== day) { before = this.put("d" + today, today, before, seen, () => h("div", { class: "day" }, h("span", null, today))); day = today; last = null; }
      const joined = last && !m.service && !last.service && last.from_id === m.from_id && m.date - last.date < 300;
      const next = { ...m, joined, group: chat.kind !== "private" };
      before = this.put(m.key, next, before, seen, (open) => this.bubble(chat, next, open), !fresh);
      last = m;
    }
    for (const [key, b] of this.bubbles) if (!seen.has(key)) { b.el.remove(); this.bubbles.delete(key); }
    this.typing(chat);
    if (stay) { this.end(false); requestAnimationFrame(() => this.end(false)); }
  }

  put(key, value, before, seen, build, fades) {
    seen.add(key);
    const was = JSON.stringify(value);
    let b = this.bubbles.get(key);
    if (!b) {
      b = { was, open: new Set() };
      b.el = build(b.open);
      if (fades) b.el.classList.add("new");
      this.bubbles.set(key, b);
    } else if (b.was !== was) {
      const focused = b.el.contains(document.activeElement) ? document.activeElement.dataset.button : null;
      const el = build(b.open);
      b.el.replaceWith(el);
      b.el = el;
      b.was = was;
      if (focused) el.querySelector(`[data-button="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
    const place = before ? before.nextSibling : this.list.firstChild;
    if (place !== b.el) this.list.insertBefore(b.el, place);
    return b.el;
  }

  typing(chat) {
    clearTimeout(this.stops);
    const left = chat.typing - Date.now();
    this.dots ??= h("div", { class: "typing", "data-testid": "typing", role: "status", "aria-label": "The bot is typing" }, h("i"), h("i"), h("i"));
    if (left <= 0) { this.dots.remove(); return; }
    this.list.append(this.dots);
    this.stops = setTimeout(() => this.dots.remove(), left);
  }

  bubble(chat, m, open) {
    if (m.service) return h("div", { class: "day service", "data-service": m.key }, h("span", null, m.text));
    const phone = this.host.phone();
    const around = { account: phone.account, open, copy: (t) => this.copy(t), command: (t) => this.host.say(t), link: (url) => this.link(url), tell: (t) => this.host.toast(t) };
    const names = m.group && !m.mine && !m.joined;
    const body = h("div", { class: "bubble" },
      names && h("div", { class: "from hue" + hue(m.from_id) }, m.from),
      m.reply && this.quoted(m.reply),
      m.photo && this.picture(chat, m),
      m.document && this.tile(chat, m),
      h("div", { class: "text", dir: "auto" }, rich(m.text, m.entities, around), this.meta(m)),
    );
    const el = h("article", {
      class: `message ${m.mine ? "mine" : "theirs"}${m.joined ? " joined" : ""}${m.buttons?.length ? " has-buttons" : ""}`,
      "data-message": m.id || m.key, "data-from": m.from, "aria-label": `${m.mine ? "You" : m.from}, ${clock(m.date)}`,
    });
    if (m.group && !m.mine) el.append(h("div", { class: "face hue" + hue(m.from_id), "aria-hidden": "true" }, initial(m.from)));
    const stack = h("div", { class: "stack" }, body, this.keyboard(chat, m));
    if (m.reaction) body.append(h("span", { class: "reaction", title: "Reaction of the bot" }, m.reaction));
    el.append(stack);
    if (m.id) body.append(h("button", { type: "button", class: "do-reply", "aria-label": "Reply to this message", "data-testid": "reply", title: "Reply", onclick: () => this.host.reply(m) }, icon("reply")));
    return el;
  }

  meta(m) {
    return h("span", { class: "meta" },
      m.private && h("span", { class: "only" }, "only you see this"),
      m.pinned && icon("pin"),
      m.protected && h("span", { class: "locked", title: "Cannot be forwarded or saved" }, icon("lock")),
      m.silent && !m.mine && h("span", { class: "muted", title: "Sent without a sound" }, icon("mute")),
      m.edited && h("span", { class: "edited" }, "edited"),
      h("span", null, clock(m.date)),
      m.mine && h("span", { class: "ticks", "aria-label": "read" }, icon("check"), icon("check")),
    );
  }

  quoted(reply) {
    return h("button", { type: "button", class: "quoted", "data-reply-to": reply.id, onclick: () => this.jump(reply.id) },
      h("b", null, reply.from), h("span", null, reply.text));
  }

  jump(id) {
    const el = this.list.querySelector(`[data-message="${id}"]`);
    if (!el) return;
    el.scrollIntoView({ block: "center", behavior: "smooth" });
    el.classList.remove("flash");
    requestAnimationFrame(() => el.classList.add("flash"));
  }

  // picture knows its size before it is loaded: nothing moves then under who reads.
  picture(chat, m) {
    const src = `/api/photo?phone=${encodeURIComponent(this.host.phone().id)}&chat=${chat.id}&message=${m.id}`;
    return h("button", { type: "button", class: "photo", "aria-label": "Open the photo", "data-testid": "photo", onclick: () => this.host.openPhoto(src) },
      h("img", { alt: "Photo", src, width: m.photo.width, height: m.photo.height }));
  }

  tile(chat, m) {
    return h("button", { type: "button", class: "tile", "data-document": m.document.name, "data-testid": "document", onclick: () => this.host.openFile(chat, m) },
      h("span", { class: "tile-icon" }, icon("file")),
      h("span", { class: "tile-text" }, h("b", null, m.document.name), h("small", null, size(m.document.size) + " · open")));
  }

  keyboard(chat, m) {
    if (!m.buttons?.length) return null;
    return h("div", { class: "keyboard", role: "group", "aria-label": "Buttons" },
      m.buttons.map((row) => h("div", { class: "row" }, row.map((b) => this.button(chat, m, b)))));
  }

  button(chat, m, b) {
    const act = b.callback_data ? () => this.press(chat, m, b)
      : b.copy_text ? () => this.copy(b.copy_text.text) : () => this.link(b.url);
    const waits = [...this.waiting.values()].includes(m.id + " " + b.callback_data);
    return h("button", {
      type: "button", class: `key ${b.style ?? ""}${waits ? " waits" : ""}`, "data-button": b.text, "data-data": b.callback_data ?? null, onclick: act,
    }, h("span", null, b.text), b.url ? h("sup", { "aria-hidden": "true" }, "↗") : null);
  }

  async press(chat, m, b) {
    const mark = m.id + " " + b.callback_data;
    this.waits(mark, true);
    const done = await this.host.post("press", { chat: chat.id, message: m.id, data: b.callback_data });
    if (!done) return this.waits(mark, false);
    this.waiting.set(done.callback, mark);
    this.settle(this.host.phone().answers);
  }

  /** settle ends the waiting of buttons that were answered. */
  settle(answers) {
    for (const a of answers) {
      const mark = this.waiting.get(a.id);
      if (!mark || !(a.done || a.lost)) continue;
      this.waiting.delete(a.id);
      this.waits(mark, false);
    }
  }

  waits(mark, on) {
    const [id, ...data] = mark.split(" ");
    const key = this.list.querySelector(`[data-message="${id}"] [data-data="${CSS.escape(data.join(" "))}"]`);
    key?.classList.toggle("waits", on);
    on ? key?.setAttribute("aria-busy", "true") : key?.removeAttribute("aria-busy");
  }

  link(url) { this.host.toast("Links are not followed here: " + url); }

  copy(text) {
    navigator.clipboard?.writeText(text).then(() => this.host.toast("Copied"), () => this.host.toast("The browser does not allow copying"));
  }
}

export const hue = (id) => Math.abs(id) % 7;
export const initial = (name) => [...name][0]?.toUpperCase() ?? "?";
const size = (n) => n < 1024 ? n + " B" : n < 1048576 ? (n / 1024).toFixed(1) + " KB" : (n / 1048576).toFixed(1) + " MB";
