// A Telegraf bot as its documentation builds one: commands, an inline keyboard, files, long polling.
const { Telegraf, Markup } = require("telegraf");
const { message } = require("telegraf/filters");

const bot = new Telegraf(process.env.BOT_TOKEN, { telegram: { apiRoot: process.env.API_ROOT } });

bot.start(async (ctx) => {
  await ctx.sendChatAction("typing");
  await ctx.replyWithHTML(
    "Do you like <b>tea</b>?",
    Markup.inlineKeyboard([Markup.button.callback("Yes", "tea:yes"), Markup.button.callback("No", "tea:no")]),
  );
});

bot.action(/^tea:(.+)$/, async (ctx) => {
  await ctx.answerCbQuery("Noted: " + ctx.match[1]);
  await ctx.editMessageText("You said " + ctx.match[1]);
});

bot.on(message("photo"), async (ctx) => {
  const answer = await fetch(await ctx.telegram.getFileLink(ctx.message.photo.at(-1).file_id));
  const source = Buffer.from(await answer.arrayBuffer());
  await ctx.replyWithPhoto({ source, filename: "back.png" }, { caption: source.length + " bytes" });
});

process.once("SIGTERM", () => bot.stop("SIGTERM"));
bot.telegram.setMyCommands([{ command: "start", description: "Begin" }]).then(() => bot.launch());
