// The guided tour and the shop's own page.
import { h, icon, keep } from "./dom.js";

/** nextStep is the first open step of the current story. */
export function nextStep(state) {
  const story = state.stories.find((s) => s.current);
  return story?.steps.find((s) => !s.done) ?? null;
}

export function drawTour(el, state, page) {
  const next = nextStep(state);
  const drawn = keep(el, [state.stories, state.can], () => [
    h("header", null, h("h2", null, "Guided tour"), h("small", null, `${state.stories.filter((s) => s.done).length} of ${state.stories.length} done`)),
    state.stories.length === 0 ? h("p", { class: "soft" }, "No stories yet. Type and tap on the phones as you like.") : null,
    h("ol", { class: "stories" }, state.stories.map((s) => story(s, next, page))),
  ]);
  if (drawn) el.querySelector(".step.next")?.scrollIntoView({ block: "nearest" });
}

function story(s, next, page) {
  const state = s.current ? "current" : s.done ? "done" : "";
  return h("li", { class: "story " + state, "data-story": s.name, "data-done": String(s.done), "aria-current": s.current ? "true" : null },
    h("button", { type: "button", class: "story-title", "data-testid": "story-" + s.name, "aria-expanded": String(s.current), onclick: (e) => begin(e.currentTarget, s.name, page) },
      h("span", { class: "mark" }, s.done ? icon("check") : null), h("span", { class: "grow" }, s.title), h("span", { class: "go" }, s.current ? "again" : s.done ? "again" : "start")),
    s.current ? [s.intro ? h("p", { class: "soft" }, s.intro) : null, h("ol", { class: "steps" }, s.steps.map((x, i) => step(x, i, x === next)))] : null,
    s.current && s.done ? h("p", { class: "well", "data-testid": "story-done", role: "status" }, "Done. Choose the next story.") : null);
}

// begin begins a story. The stage is set anew for it, which takes a moment.
async function begin(button, name, page) {
  button.disabled = true;
  button.querySelector(".go").textContent = "starting";
  await page.act("story", { name });
  button.disabled = false;
}

function step(x, i, isNext) {
  return h("li", { class: `step${x.done ? " done" : ""}${isNext ? " next" : ""}`, "data-step": i, "data-done": String(x.done), "aria-current": isNext ? "step" : null },
    h("span", { class: "mark" }, x.done ? icon("check") : String(i + 1)), h("span", null, x.text));
}

const buttons = [["break", "Break it: pay twice"], ["hang", "Let orders hang"], ["slow", "Be slow to stop"], ["corrupt", "Corrupt a table"],
  ["migrate", "A bad migration"], ["spoil", "Bad backups"], ["roll-back", "The release before"], ["mend", "Mend it"], ["kill-bot", "Kill the bot"]];
const deep = ["corrupt", "migrate", "spoil"]; // these need a database

export function drawShop(el, state, page) {
  const shop = state.shop;
  el.hidden = !shop;
  if (!shop) return;
  const step = nextStep(state)?.shop ?? "";
  keep(el, [shop, state.service, state.can, step], () => [
    h("div", { class: "bar" }, h("i"), h("i"), h("i"), h("span", { class: "address" }, state.service || "the shop")),
    h("div", { class: "site" + (shop.up ? "" : " down"), "data-testid": "site", "data-up": String(shop.up) }, banner(shop, state),
      shop.banner && shop.up ? h("p", { class: "motto", "data-testid": "shop-banner" }, shop.banner) : null, figures(shop),
      h("div", { class: "shop-buttons" }, buttons.filter(([what]) => shown(what, shop, step)).map(([what, label]) => h("button", {
        type: "button", class: `act act-${what}${step === what ? " point" : ""}`, "data-testid": "shop-" + what, "data-shop": what, disabled: !state.can.act, onclick: () => page.act("shop", { what }),
      }, label))),
      shop.note ? h("p", { class: "soft note" }, shop.note) : null,
      shop.log?.length ? h("pre", { class: "log", tabindex: 0, "aria-label": "The shop's log", "data-testid": "shop-log" }, shop.log.slice(-6).join("\n")) : null),
  ]);
}

// shown: what is broken already is not broken again, and what is not there cannot be.
function shown(what, shop, step) {
  return what === step || (what !== "break" || !shop.broken) && (what !== "roll-back" || shop.broken) && (!deep.includes(what) || shop.deep);
}

/** wrong says whether something is, although the shop is open. */
export function wrong(shop) {
  return shop.broken || shop.zeroed > 0 || shop.health === "red";
}

function banner(shop, state) {
  const [kind, title] = !shop.up ? ["bad", "Closed"] : wrong(shop) ? ["warn", "Open, but something is wrong"] : ["good", "Open for business"];
  return h("div", { class: "sign " + kind },
    h("b", { "data-testid": "shop-title" }, title), shop.locked ? h("span", { class: "pill bad", "data-testid": "shop-locked" }, icon("lock"), "locked") : null,
    h("small", null, [shop.health, shop.release && "release " + shop.release, shop.database].filter(Boolean).join(" · ")));
}

function figures(shop) {
  const one = (label, value, id, bad) => h("div", { class: bad ? "figure bad" : "figure" }, h("b", { "data-testid": id }, value), h("small", null, label));
  const money = (shop.revenue / 100).toLocaleString("en-GB", { style: "currency", currency: "EUR", maximumFractionDigits: 0 });
  return h("div", { class: "figures" }, one("customers", shop.signups.toLocaleString("en-GB"), "shop-signups"), one("orders", shop.orders.toLocaleString("en-GB"), "shop-orders"),
    one("taken", money, "shop-revenue"), one("charged twice", shop.doubled.toLocaleString("en-GB"), "shop-doubled", shop.doubled > 0),
    shop.zeroed > 0 ? one("orders of €0", shop.zeroed.toLocaleString("en-GB"), "shop-zeroed", true) : null);
}

export function drawOff(el, off) {
  el.hidden = !off?.length;
  keep(el, off, () => off?.length ? [h("h2", null, "Off on this machine"), h("ul", null, off.map((x) => h("li", null, x)))] : []);
}
