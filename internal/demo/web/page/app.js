// The page of `twokey demo`. It asks for the state, draws what changed, and sends what people do.
//
// For tests and for the curious, these attributes are stable:
//   [data-phone=ID]                       a phone; everything of it is inside. Class in-chat: a chat is open; pointed: the tour wants it
//   [data-phone] [data-testid=chat-CHAT]  the row of a chat in the list (also button[data-chat=CHAT]); [data-testid=unread] in it
//   [data-testid=back], chat-title        to the list; the open chat's title, with data-chat
//   [data-message=ID]                     a message of the open chat; data-from is who wrote it; .text its text
//   [data-message] [data-button="LABEL"]  an inline button; data-data its callback data; class waits until the press is answered
//   [data-document=NAME]                  a file; opens [data-testid=file] with file-text, download, file-close
//   [data-testid=photo]                   a photo; opens [data-testid=viewer] with viewer-close
//   [data-testid=field|send|menu|commands|reply|suggest|pinned|typing|banner|toast|expand|messages]  parts of a phone
//   [data-testid=commands] [data-command="/x"]                a line of the command menu
//   [data-testid=alert], alert-text, alert-ok                 the alert after a press, inside its phone
//   [data-story=NAME][data-done], [data-testid=story-NAME]    a story and the button that begins it; story-done when it ended
//   [data-step=N][data-done]                                  its steps; class next is the one to do
//   [data-testid=site][data-up], shop-title|banner|signups|orders|revenue|doubled|zeroed|log|locked, [data-shop=WHAT]  the shop and its buttons
//   [data-testid=health|theme|reset|tabs|tab-ID|hint|off|lost|live]   the frame of the page; tab ids are tour, shop and the phones'
//   .point                                what the tour points at: a button, a row, the back button, the field, a shop's button
//   html[data-revision]                   the revision that is drawn; html[data-resets] how often all began anew; html[data-theme] light or dark
import { h, icon, keep } from "./dom.js";
import { Phone } from "./phone.js";
import { goOn } from "./rich.js";
import { drawOff, drawShop, drawTour, nextStep, wrong } from "./side.js";

const $ = (id) => document.getElementById(id);
const phones = new Map();
let state = null, part = "tour", resets = 0;

const page = {
  async post(path, body, tell) {
    try {
      const r = await fetch("/api/" + path, { method: "POST", headers: { "X-Demo": "1", "Content-Type": "application/json" }, body: JSON.stringify(body) });
      const answer = await r.json().catch(() => ({ error: "The demo did not answer." }));
      if (r.ok && !answer.error) return answer;
      tell(answer.error ?? "That did not work.");
    } catch { tell("The demo does not answer."); }
    return null;
  },
  act(path, body) { return page.post(path, body, notice); },
  announce(text) { const line = h("span", null, text); $("live").append(line); while ($("live").childElementCount > 5) $("live").firstChild.remove(); },
  done() { if (state) drawHint(); },
};

function notice(text) {
  document.querySelector(".notice")?.remove();
  const el = h("div", { class: "notice", role: "alert", "data-testid": "notice" }, text);
  document.body.append(el);
  setTimeout(() => el.remove(), 6000);
}

async function poll() {
  let revision = "", wait = 250;
  for (;;) {
    try {
      const r = await fetch("/api/state?after=" + revision);
      if (r.status === 200) {
        revision = r.headers.get("X-Revision");
        state = await r.json();
        draw();
        document.documentElement.dataset.revision = revision;
        document.documentElement.dataset.resets = state.resets;
      } else if (r.status !== 204) throw new Error("status " + r.status);
      $("lost").hidden = true;
      wait = 250;
    } catch (e) {
      if (!(e instanceof TypeError)) console.error(e);
      $("lost").hidden = false;
      await new Promise((go) => setTimeout(go, wait));
      wait = Math.min(wait * 2, 5000);
    }
  }
}

function draw() {
  document.title = state.title || "twokey demo";
  $("title").textContent = state.title || "twokey demo";
  drawHealth();
  drawTour($("tour"), state, page);
  drawShop($("shop"), state, page);
  drawOff($("off"), state.off);
  drawPhones();
  drawTabs();
  drawHint();
  $("reset").hidden = !state.can.reset;
}

function drawHealth() {
  const s = state.shop, el = $("health");
  el.hidden = !s;
  if (!s) return;
  el.className = "pill " + (!s.up ? "bad" : wrong(s) ? "warn" : "good");
  el.textContent = `${state.service || "the shop"} ${!s.up ? "is down" : wrong(s) ? "is broken" : "is up"}${s.locked ? ", locked" : ""}`;
}

function drawPhones() {
  const next = nextStep(state), anew = resets !== state.resets; // after a reset, ids begin again: what was seen means nothing
  resets = state.resets;
  for (const [id, p] of phones) if (anew || !state.phones.some((x) => x.id === id)) { p.el.remove(); phones.delete(id); }
  for (const p of state.phones) {
    if (!phones.has(p.id)) { const made = new Phone(p.id, page); phones.set(p.id, made); $("phones").append(made.el); }
    phones.get(p.id).update(p, next);
  }
}

function parts() {
  return [{ id: "tour", name: "Tour" }, ...state.phones.map((p) => ({ id: p.id, name: p.name })), ...(state.shop ? [{ id: "shop", name: "Shop" }] : [])];
}

function drawTabs() {
  const next = nextStep(state), all = parts();
  if (!all.some((p) => p.id === part)) part = all[0].id;
  const wanted = next?.who || (next?.shop ? "shop" : "");
  keep($("tabs"), [all, part, wanted], () => all.map((p) => h("button", {
    type: "button", role: "tab", id: "tab-" + p.id, "data-testid": "tab-" + p.id, "aria-selected": String(p.id === part), tabindex: p.id === part ? 0 : -1, class: p.id === wanted && p.id !== part ? "point" : null, onclick: () => choose(p.id),
  }, p.name)));
  document.body.dataset.part = part;
  for (const el of [...phones.values()].map((p) => p.el)) el.classList.toggle("chosen", el.dataset.phone === part);
}

function choose(id) {
  part = id;
  drawTabs();
  drawHint();
  const p = phones.get(id);
  if (p) p.chat.end(false);
  $("tab-" + id)?.focus({ preventScroll: true });
}

// drawHint says on a small screen, where the tour is on another tab, what to do next and where.
function drawHint() {
  const next = nextStep(state), el = $("hint");
  el.hidden = !next;
  const where = next ? next.who || (next.shop ? "shop" : "tour") : "";
  keep(el, [next, where, part], () => next ? [h("span", { class: "grow" }, next.text),
    where !== part && where !== "tour" ? h("button", { type: "button", "data-testid": "hint-go", onclick: () => choose(where) }, "Show") : null] : []);
}

function arrows(e) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
  const inTabs = e.target.closest?.("#tabs"), onPhone = e.target.matches?.(".phone");
  if (e.key === "Enter" && onPhone) { e.preventDefault(); phones.get(e.target.dataset.phone).enterByKey(); return; }
  if (!step || !state) return;
  if (!inTabs && !onPhone) return;
  e.preventDefault();
  const all = inTabs ? parts().map((p) => p.id) : state.phones.map((p) => p.id);
  const at = all.indexOf(inTabs ? part : e.target.dataset.phone);
  const to = all[(at + step + all.length) % all.length];
  inTabs ? choose(to) : phones.get(to).el.focus();
}

const dark = matchMedia("(prefers-color-scheme: dark)");

function theme(chosen) {
  const now = chosen ?? localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light");
  document.documentElement.dataset.theme = now;
  $("theme").replaceChildren(icon(now === "dark" ? "sun" : "moon"));
  $("theme").setAttribute("aria-pressed", String(now === "dark"));
}

$("theme").addEventListener("click", () => {
  const now = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", now);
  theme(now);
});
dark.addEventListener("change", () => theme());
document.addEventListener("keydown", arrows);
$("reset").addEventListener("click", async () => {
  $("reset").disabled = true;
  await page.act("reset", {});
  $("reset").disabled = false;
});
setInterval(() => { for (const p of phones.values()) p.time.textContent = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false }); }, 10000);
setInterval(() => goOn($("phones")), 1000);
theme();
poll();
