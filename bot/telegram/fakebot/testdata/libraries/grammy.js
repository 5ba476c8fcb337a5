// A grammY bot as its documentation builds one: commands, an inline keyboard, files, long polling.
const { Bot, InlineKeyboard, InputFile } = require("grammy");

const root = process.env.API_ROOT;
const bot = new Bot(process.env.BOT_TOKEN, { client: { apiRoot: root } });

bot.command("start", async (ctx) => {
  await ctx.replyWithChatAction("typing");
  await ctx.reply("Do you like <b>tea</b>?", {
    parse_mode: "HTML",
    reply_markup: new InlineKeyboard().text("Yes", "tea:yes").text("No", "tea:no"),
  });
});

bot.callbackQuery(/^tea:(.+)$/, async (ctx) => {
  await ctx.answerCallbackQuery({ text: "Noted: " + ctx.match[1] });
  await ctx.editMessageText("You said " + ctx.match[1]);
});

bot.on("message:photo", async (ctx) => {
  const file = await ctx.getFile();
  const answer = await fetch(`${root}/file/bot${process.env.BOT_TOKEN}/${file.file_path}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  await ctx.replyWithPhoto(new InputFile(bytes, "back.png"), { caption: bytes.length + " bytes" });
});

process.once("SIGTERM", () => bot.stop());
bot.api.setMyCommands([{ command: "start", description: "Begin" }]).then(() => bot.start());
