// One phone: its list of chats, the open chat, what to write, and what comes up over it.
import { h, icon, keep, clock } from "./dom.js";
import { Chat, hue, initial } from "./chat.js";

/** Phone is one phone. page: {post(path, body), announce(text), done()}. */
export class Phone {
  constructor(id, page) {
    this.id = id;
    this.page = page;
    this.open = null; // the open chat's id, or null for the list
    this.read = new Map(); // by chat: keys of messages that were seen
    this.heard = null; // answers that were shown
    this.drafts = new Map(); // by chat
    this.build();
  }

  build() {
    this.chat = new Chat({
      phone: () => this.state, post: (path, body) => this.post(path, body), toast: (t) => this.toast(t),
      reply: (m) => this.replyTo(m), openFile: (c, m) => this.openFile(c, m), openPhoto: (src) => this.openPhoto(src), say: (t) => this.send(t),
    });
    this.time = h("span", { class: "status-time", "aria-hidden": "true" });
    this.bell = h("span", { class: "status-bell", "aria-hidden": "true" }, icon("bell"));
    this.banner = h("div", { class: "banner-place" });
    this.chats = h("ul", { class: "chats", "data-testid": "chats" });
    this.head = h("header", { class: "chat-head" });
    this.pin = h("div", { class: "pin-place" });
    this.menu = h("ul", { class: "commands", role: "listbox", "aria-label": "Commands", "data-testid": "commands", hidden: true });
    this.replying = h("div", { class: "replying", hidden: true });
    this.suggest = h("div", { class: "suggest-place" });
    this.input = h("textarea", {
      class: "field", rows: 1, placeholder: "Message", "aria-label": "Message", "data-testid": "field", autocomplete: "off", maxlength: 4096,
      oninput: () => this.typed(), onkeydown: (e) => this.key(e),
    });
    this.slash = h("button", { type: "button", class: "slash", "aria-label": "Commands", "aria-expanded": "false", "data-testid": "menu", onclick: () => this.toggleMenu() }, "/");
    const go = h("button", { type: "button", class: "send", "aria-label": "Send", "data-testid": "send", onclick: () => this.send() }, icon("send"));
    this.compose = h("div", { class: "compose" }, this.slash, this.input, go);
    this.listView = h("div", { class: "view list-view" }, h("header", { class: "list-head" }, h("h3", null, "Chats")), this.chats);
    this.chatView = h("div", { class: "view chat-view" }, this.head, this.pin, h("div", { class: "wall" }, this.chat.list, this.chat.down), this.menu, this.suggest, this.replying, this.compose);
    this.over = h("div", { class: "over" });
    this.toasts = h("div", { class: "toasts", role: "status", "aria-live": "polite", "data-testid": "toast" });
    this.screen = h("div", { class: "screen" },
      h("div", { class: "status" }, this.time, h("span", { class: "island", "aria-hidden": "true" }), h("span", { class: "status-right", "aria-hidden": "true" }, this.bell, h("i", { class: "battery" }))),
      h("div", { class: "views" }, this.listView, this.chatView), this.banner, this.toasts, this.over);
    this.owner = h("h2", { class: "owner" });
    this.el = h("section", { class: "phone", tabindex: 0, "data-phone": this.id, "data-part": this.id, id: "part-" + this.id }, this.owner, h("div", { class: "case" }, this.screen));
    this.el.addEventListener("keydown", (e) => { if (e.key === "Escape" && !e.defaultPrevented) this.escape(); });
  }

  // escape takes away what lies over the phone: the topmost first.
  escape() {
    if (this.close) this.close();
    else { this.banner.replaceChildren(); this.toasts.replaceChildren(); }
  }

  /** enterByKey goes from the phone into it: to the field, past the messages, or to the list. */
  enterByKey() {
    if (!this.close && this.open !== null) this.input.focus();
    else (this.close ? this.over : this.chats).querySelector("a, button")?.focus();
  }

  post(path, body) { return this.page.post(path, { phone: this.id, ...body }, (t) => this.toast(t)); }

  update(state, next) {
    this.state = state;
    this.next = next && next.who === this.id ? next : null;
    this.el.setAttribute("aria-label", `${state.name}'s phone`);
    this.el.classList.toggle("pointed", !!this.next);
    keep(this.owner, [state.name, state.user, state.bot], () => [h("span", null, state.name), h("small", null, state.user ? "a user of the service" : "admin")]);
    this.time.textContent = clock(Date.now() / 1000);
    const first = !this.started;
    if (first || (this.open !== null && !this.current())) { this.started = true; this.open = newest(state.chats)?.id ?? null; }
    this.news(first);
    this.draw();
    this.answered();
    clearTimeout(this.later); // typing ends by itself
    const ends = state.chats.map((c) => c.typing - Date.now()).filter((left) => left > 0);
    if (ends.length) this.later = setTimeout(() => this.draw(), Math.min(...ends) + 20);
  }

  current() { return this.state.chats.find((c) => c.id === this.open); }

  draw() {
    const c = this.current();
    this.el.classList.toggle("in-chat", !!c);
    const covered = this.over.childElementCount > 0;
    this.listView.inert = covered || !!c;
    this.chatView.inert = covered || !c;
    this.drawList();
    if (!c) return;
    this.drawHead(c);
    this.drawPin(c);
    this.chat.show(c);
    this.chat.settle(this.state.answers);
    if (!this.menu.hidden) this.drawMenu();
    this.point(c);
  }

  unread(c) { const seen = this.read.get(c.id) ?? new Set(); return c.messages.filter((m) => !m.mine && !m.service && !seen.has(m.key)).length; }

  drawList() {
    const rows = this.state.chats.map((c) => ({ id: c.id, title: c.title, kind: c.kind, last: c.messages.at(-1), unread: this.unread(c), pinned: c.pinned.length > 0, typing: c.typing > Date.now(), point: this.wants() === c.id && this.open !== c.id }));
    keep(this.chats, rows, () => rows.map((c) => h("li", null, h("button", { type: "button", class: "chat-row" + (c.point ? " point" : ""), "data-chat": c.id, "data-testid": "chat-" + c.id, onclick: (e) => this.enter(c.id, e.detail === 0) },
      avatar(c), h("span", { class: "chat-text" }, h("b", null, c.title), h("span", { class: "preview" }, c.typing ? h("em", null, "typing…") : preview(c.last, c.kind))),
      h("span", { class: "chat-side" }, h("small", null, c.last ? clock(c.last.date) : ""), c.unread > 0 ? h("span", { class: "badge", "data-testid": "unread", "aria-label": c.unread + " unread" }, String(c.unread)) : null)))));
  }

  drawHead(c) {
    const others = this.state.chats.filter((x) => x.id !== c.id).reduce((n, x) => n + this.unread(x), 0);
    const away = this.wants() !== null && this.wants() !== c.id;
    const under = c.typing > Date.now() ? "typing…" : c.kind === "private" ? "bot" : c.members + " members";
    keep(this.head, [c.id, c.title, others, under, away], () => [
      h("button", { type: "button", class: "back" + (away ? " point" : ""), "aria-label": others ? `Back to the chats, ${others} unread` : "Back to the chats", "data-testid": "back", onclick: () => this.leave() }, icon("back"), others ? h("span", { class: "badge" }, String(others)) : null),
      h("div", { class: "head-text" }, h("h3", { "data-testid": "chat-title", "data-chat": c.id }, c.title), h("small", null, under)), avatar(c)]);
  }

  drawPin(c) {
    const m = c.messages.find((x) => x.id === c.pinned[0]);
    keep(this.pin, [c.id, m?.id, m?.text, c.pinned.length], () => m ? h("button", { type: "button", class: "pinned", "data-testid": "pinned", "data-pinned": m.id, onclick: () => this.chat.jump(m.id) },
      h("i", { class: "bar" }), h("span", null, h("b", null, c.pinned.length > 1 ? `Pinned message · ${c.pinned.length}` : "Pinned message"), h("span", { class: "preview" }, oneLine(m))), icon("pin")) : null);
  }

  // enter opens a chat. One comes to the field, but by a finger: a phone's keyboard would cover what one came to read.
  enter(id, byKey) {
    if (this.open !== null) this.drafts.set(this.open, this.input.value);
    this.open = id;
    this.reply = null;
    this.drawReply();
    this.input.value = this.drafts.get(id) ?? "";
    this.grow();
    this.closeMenu();
    this.seen();
    this.draw();
    (byKey || matchMedia("(hover: hover)").matches ? this.input : this.chat.list).focus({ preventScroll: true });
    this.page.done();
  }

  leave() {
    this.drafts.set(this.open, this.input.value);
    this.open = null;
    this.closeMenu();
    this.draw();
    this.chats.querySelector("button")?.focus({ preventScroll: true });
    this.page.done();
  }

  seen() { const c = this.current(); if (c) this.read.set(c.id, new Set(c.messages.map((m) => m.key))); }

  // news rings for what came since the last look, and shows what came in another chat.
  news(first) {
    for (const c of this.state.chats) {
      const was = this.read.get(c.id);
      this.known ??= new Map();
      const known = this.known.get(c.id) ?? new Set();
      const fresh = c.messages.filter((m) => !known.has(m.key) && !m.mine && !m.service);
      this.known.set(c.id, new Set(c.messages.map((m) => m.key)));
      if (!was) this.read.set(c.id, new Set());
      if (first) { if (c.id !== this.open) this.read.set(c.id, new Set(c.messages.slice(0, -1).map((m) => m.key))); continue; }
      const loud = fresh.filter((m) => !m.silent).at(-1);
      if (loud) this.ring(c, loud);
    }
    this.seen();
  }

  ring(c, m) {
    this.bell.classList.remove("rings");
    requestAnimationFrame(() => this.bell.classList.add("rings"));
    this.page.announce(`${this.state.name}'s phone, ${c.title}: ${m.from}: ${oneLine(m)}`);
    if (c.id === this.open) return;
    clearTimeout(this.bannerEnds);
    const close = () => this.banner.replaceChildren();
    this.banner.replaceChildren(h("button", { type: "button", class: "banner", "data-testid": "banner", "data-chat": c.id, onclick: () => { close(); this.enter(c.id); } },
      avatar(c), h("span", { class: "chat-text" }, h("b", null, c.title), h("span", { class: "preview" }, preview(m, c.kind)))));
    this.bannerEnds = setTimeout(close, 6000);
  }

  answered() {
    const first = this.heard === null;
    this.heard ??= new Set();
    for (const a of this.state.answers) {
      if (this.heard.has(a.id) || !(a.done || a.lost)) continue;
      this.heard.add(a.id);
      if (first || !a.text) continue;
      a.alert ? this.alert(a.text) : this.toast(a.text);
    }
  }

  // sheet covers the phone, and only the phone, until it is closed.
  sheet(kind, label, build) {
    const before = document.activeElement;
    const close = () => { this.close = null; this.over.replaceChildren(); this.chatView.inert = this.open === null; this.listView.inert = this.open !== null; if (this.el.contains(before) && before.isConnected) before.focus({ preventScroll: true }); else if (this.open !== null) this.input.focus({ preventScroll: true }); };
    const box = h("div", { class: "sheet " + kind, role: kind === "alert" ? "alertdialog" : "dialog", "aria-modal": "true", "aria-label": label, "data-testid": kind }, build(close));
    this.chatView.inert = this.listView.inert = true;
    this.over.replaceChildren(h("div", { class: "shade", onclick: close }), box);
    this.close = close;
    box.querySelector("button, a")?.focus({ preventScroll: true });
  }

  alert(text) {
    this.sheet("alert", this.state.bot + " says", (close) => [h("b", null, this.state.bot), h("p", { "data-testid": "alert-text" }, text), h("button", { type: "button", class: "ok", "data-testid": "alert-ok", onclick: close }, "OK")]);
  }

  toast(text) {
    const el = h("div", { class: "toast" }, text);
    this.toasts.replaceChildren(el);
    clearTimeout(this.toastEnds);
    this.toastEnds = setTimeout(() => el.remove(), 3500 + text.length * 40);
  }

  openFile(c, m) {
    const at = `/api/document?phone=${encodeURIComponent(this.id)}&chat=${c.id}&message=${m.id}`;
    const text = h("pre", { class: "file-text", tabindex: 0, "data-testid": "file-text" }, "…");
    this.sheet("file", m.document.name, (close) => [
      h("header", null, h("b", null, m.document.name), h("a", { class: "save", href: at, download: "", "data-testid": "download" }, "Save"), h("button", { type: "button", class: "back", "aria-label": "Close", "data-testid": "file-close", onclick: close }, icon("close"))), text]);
    fetch(at).then(async (r) => {
      const readable = r.ok && r.headers.get("Content-Type")?.startsWith("text/plain");
      text.textContent = !r.ok ? "The file is gone." : readable ? (await r.text()).slice(0, 400000) : "This file is not text: save it to look at it.";
    }).catch(() => { text.textContent = "The file could not be read."; });
  }

  openPhoto(src) {
    this.sheet("viewer", "Photo", (close) => [h("button", { type: "button", class: "back", "aria-label": "Close", "data-testid": "viewer-close", onclick: close }, icon("close")), h("img", { alt: "Photo", src })]);
  }

  replyTo(m) { this.reply = m; this.drawReply(); this.input.focus(); }

  drawReply() {
    this.replying.hidden = !this.reply;
    if (this.reply) this.replying.replaceChildren(icon("reply"), h("span", null, h("b", null, this.reply.from), h("span", { class: "preview" }, oneLine(this.reply))),
      h("button", { type: "button", class: "back", "aria-label": "Do not reply", onclick: () => { this.reply = null; this.drawReply(); } }, icon("close")));
  }

  typed() {
    this.grow();
    const word = this.input.value;
    if (/^\/\w*$/.test(word)) this.openMenu(); else this.closeMenu();
  }

  grow() { this.input.style.height = "auto"; this.input.style.height = Math.min(this.input.scrollHeight, 110) + "px"; this.compose.classList.toggle("has-text", this.input.value.trim() !== ""); }

  key(e) {
    if (!this.menu.hidden && ["ArrowDown", "ArrowUp", "Tab", "Escape"].includes(e.key)) {
      if (e.key === "Escape") { e.preventDefault(); this.closeMenu(); return; }
      if (e.key !== "Tab" && this.shown.length) { e.preventDefault(); this.at = (this.at + (e.key === "ArrowDown" ? 1 : -1) + this.shown.length) % this.shown.length; this.drawMenu(); return; }
      if (e.key === "Tab" && this.shown[this.at] && this.input.value.length > 1) { e.preventDefault(); this.take(this.shown[this.at]); return; }
    }
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); this.send(); }
  }

  async send(text) {
    const typed = text === undefined;
    const say = (typed ? this.input.value : text).trim();
    if (!say || this.open === null) return;
    const reply = this.reply?.id ?? 0;
    const chosen = typed && !this.menu.hidden && this.at > 0 ? this.shown[this.at] : null;
    if (chosen) { this.take(chosen); return; }
    if (typed) { this.input.value = ""; this.grow(); this.closeMenu(); }
    this.reply = null;
    this.drawReply();
    const done = await this.post("say", { chat: this.open, text: say, reply });
    if (!done && typed && !this.input.value) { this.input.value = say; this.grow(); }
    this.chat.end(false);
  }

  toggleMenu() { if (this.menu.hidden) { this.openMenu(true); this.input.focus(); } else this.closeMenu(); }
  openMenu(all) { this.all = !!all; this.at = 0; this.menu.hidden = false; this.slash.setAttribute("aria-expanded", "true"); this.drawMenu(); if (!this.shown.length) this.closeMenu(); }
  closeMenu() { this.menu.hidden = true; this.slash.setAttribute("aria-expanded", "false"); }

  drawMenu() {
    const c = this.current();
    const begin = this.all && !this.input.value.startsWith("/") ? "" : this.input.value.slice(1);
    this.shown = (c?.commands ?? []).filter((x) => x.command.startsWith(begin));
    keep(this.menu, [this.shown, this.at], () => this.shown.map((x, i) => h("li", { role: "option", "aria-selected": String(i === this.at) },
      h("button", { type: "button", tabindex: -1, "data-command": "/" + x.command, onclick: () => this.pick(x) }, h("b", null, "/" + x.command), h("span", null, x.description)))));
    this.menu.children[this.at]?.scrollIntoView({ block: "nearest" });
  }

  // pick sends a command, as Telegram does at a tap; take only writes it.
  pick(x) { this.closeMenu(); this.input.value = ""; this.grow(); this.send("/" + x.command); }
  take(x) { this.input.value = "/" + x.command + " "; this.closeMenu(); this.grow(); this.input.focus(); }

  /** wants is the chat the next step is about, or null. */
  wants() {
    if (!this.next) return null;
    const group = this.state.chats.find((c) => c.kind !== "private"), own = this.state.chats.find((c) => c.kind === "private");
    return (this.next.in === "admin" ? group : this.next.in === "private" ? own : this.current() ?? own)?.id ?? null;
  }

  // point shows where to tap for the next step of the story.
  point(c) {
    for (const el of this.chatView.querySelectorAll(".key.point, .message .point")) el.classList.remove("point");
    const here = this.wants() === c.id;
    const words = here ? this.next.say || this.next.reply : "";
    const reply = here && !this.next.say && this.next.reply ? c.messages.findLast((m) => m.bot && m.id && (m.text ?? "").includes(this.next.to ?? ""))?.id : 0;
    this.compose.classList.toggle("point", !!words);
    keep(this.suggest, [words, reply], () => words ? h("button", { type: "button", class: "suggest", "data-testid": "suggest", title: "Put this into the field", onclick: () => this.fill(words, reply) }, h("small", null, reply ? "Reply" : "Type"), h("span", null, words)) : null);
    if (!here || !this.next.tap) return;
    const keys = [...this.chat.list.querySelectorAll(".key")].filter((k) => k.dataset.button.toLowerCase().includes(this.next.tap.toLowerCase()));
    const target = keys.at(-1);
    target?.classList.add("point");
    const mark = this.next.text + " " + target?.closest(".message").dataset.message;
    if (target && this.shownAt !== mark) target.scrollIntoView({ block: "nearest" }); // once: whoever scrolls away then meant it
    if (target) this.shownAt = mark;
  }

  fill(words, reply) {
    this.input.value = words;
    if (reply) this.reply = this.current().messages.find((m) => m.id === reply) ?? null;
    this.drawReply();
    this.grow();
    this.input.focus();
  }
}

const newest = (chats) => [...chats].sort((a, b) => (b.messages.at(-1)?.date ?? 0) - (a.messages.at(-1)?.date ?? 0))[0];
const oneLine = (m) => (m.text || m.document?.name || (m.photo ? "Photo" : "")).split("\n")[0];

function preview(m, kind) {
  if (!m) return "No messages yet";
  const who = m.mine ? "You: " : kind !== "private" && !m.service ? m.from + ": " : "";
  return [who ? h("b", { class: "who" }, who) : null, oneLine(m)];
}

function avatar(c) {
  return h("span", { class: "avatar hue" + hue(c.id), "aria-hidden": "true" }, c.kind === "private" ? initial(c.title) : c.title.split(/\s+/).slice(0, 2).map(initial).join(""));
}
