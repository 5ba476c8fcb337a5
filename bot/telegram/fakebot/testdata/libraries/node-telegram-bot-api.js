// A node-telegram-bot-api bot as its documentation builds one: commands, an inline keyboard, files, long polling.
const { Bot, InlineKeyboardBuilder, EntityBuilder, InputFile } = require("node-telegram-bot-api");
const { run } = require("node-telegram-bot-api/node");

const root = process.env.API_ROOT;
const bot = new Bot(process.env.BOT_TOKEN, { apiRoot: root });

bot.command("start", async (ctx) => {
  await ctx.api.sendChatAction({ chat_id: ctx.chat.id, action: "typing" });
  const { text, entities } = new EntityBuilder().plain("Do you like ").bold("tea").plain("?").build();
  await ctx.reply(text, { entities, reply_markup: new InlineKeyboardBuilder().text("Yes", "tea:yes").text("No", "tea:no").build() });
});

bot.on("callback_query", async (ctx) => {
  const said = ctx.callbackQuery.data.slice("tea:".length);
  const { chat, message_id } = ctx.callbackQuery.message;
  await ctx.answerCallbackQuery({ text: "Noted: " + said });
  await ctx.api.editMessageText({ chat_id: chat.id, message_id, text: "You said " + said });
});

bot.on("message", async (ctx) => {
  if (!ctx.message.photo) return;
  const file = await ctx.api.getFile({ file_id: ctx.message.photo.at(-1).file_id });
  const answer = await fetch(`${root}/file/bot${process.env.BOT_TOKEN}/${file.file_path}`);
  const bytes = new Blob([await answer.arrayBuffer()]);
  const photo = new InputFile(bytes, { filename: "back.png" });
  await ctx.api.sendPhoto({ chat_id: ctx.chat.id, photo, caption: bytes.size + " bytes" });
});

bot.api.setMyCommands({ commands: [{ command: "start", description: "Begin" }] }).then(() => run(bot));
