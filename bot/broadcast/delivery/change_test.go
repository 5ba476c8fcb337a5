package delivery_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"testing"
	"time"

	"twokey/bot/broadcast/delivery"
	"twokey/bot/telegram/fakebot"
)

// TestEditAndRecall: what was sent is corrected in place, in each language, and taken back.
func TestEditAndRecall(t *testing.T) {
	bubble(t, func(w *world) {
		people := w.people(40)
		w.fake.Block(3)
		w.must(w.send(w.job(1, people)))
		edit := w.job(2, "")
		edit.Op, edit.Of = delivery.OpEdit, 1
		edit.Texts = map[string]string{"en": "tomorrow", "ru": "завтра"}
		w.fake.Fail(fakebot.Fault{Method: "editMessageText", Kind: fakebot.CutAfter, N: 2}) // doing it twice is doing it once
		w.must(w.send(edit))
		w.wants("edits", w.totals(2), delivery.Totals{Total: 39, Sent: 39, Prepared: true})
		for user, want := range map[int64]string{4: "tomorrow", 10: "завтра", 11: "tomorrow"} {
			w.wants("the text", w.fake.Messages(user)[0].Text, want)
		}
		recall := delivery.Job{ID: 3, Op: delivery.OpDelete, Of: 1, Bot: edit.Bot}
		w.must(w.send(recall))
		w.wants("deletions", w.totals(3), delivery.Totals{Total: 39, Sent: 39, Prepared: true})
		for user := range w.list(1) {
			if all := w.fake.Messages(user); len(all) > 0 && !all[0].Deleted {
				t.Errorf("user %d still has %q", user, all[0].Text)
			}
		}
	})
}

// TestRecallIsTooLate: what is older than 48 hours stays, and is counted; what gets too old meanwhile, too.
func TestRecallIsTooLate(t *testing.T) {
	bubble(t, func(w *world) {
		j := w.job(1, w.people(90))
		w.prepare(j)
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
		defer cancel()
		if err := w.sender.Send(ctx, j, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		early := w.totals(1).Sent
		time.Sleep(24 * time.Hour)
		w.must(w.send(j))
		time.Sleep(24 * time.Hour)
		recall := delivery.Job{ID: 2, Op: delivery.OpDelete, Of: 1, Bot: j.Bot}
		w.prepare(recall)
		w.wants("prepared", w.totals(2), delivery.Totals{Total: 90, Late: early, Queued: 90 - early, Prepared: true})
		time.Sleep(24 * time.Hour)
		w.must(w.send(recall))
		w.wants("too late for all", w.totals(2), delivery.Totals{Total: 90, Late: 90, Prepared: true})
	})
}

// TestPicture: it is uploaded once, also over a restart, and its text is a caption.
func TestPicture(t *testing.T) {
	bubble(t, func(w *world) {
		j := w.job(1, w.people(60))
		var pic bytes.Buffer
		w.must(png.Encode(&pic, image.NewGray(image.Rect(0, 0, 40, 30))))
		j.Photo = &delivery.Photo{Name: "maintenance.png", Bytes: pic.Bytes()}
		w.prepare(j)
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
		defer cancel()
		if err := w.sender.Send(ctx, j, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		w.reopen()
		w.must(w.send(j))
		uploads := 0
		for _, c := range w.fake.CallsOf("sendPhoto") {
			if c.Params["photo"] == "" {
				uploads++
			}
		}
		w.wants("uploads", uploads, 1)
		w.wants("totals", w.totals(1), delivery.Totals{Total: 60, Sent: 60, Prepared: true})
		w.once(1)
		edit := w.job(2, "")
		edit.Op, edit.Of, edit.Texts = delivery.OpEdit, 1, map[string]string{"en": "tomorrow"}
		w.must(w.send(edit))
		m := w.fake.Messages(7)[0]
		if m.Text != "tomorrow" || m.Photo == nil || m.Edits != 1 {
			t.Errorf("the message is %+v", m)
		}
	})
}

// TestLanguages: one's own, its base, or the default.
func TestLanguages(t *testing.T) {
	bubble(t, func(w *world) {
		j := w.job(1, w.people(14))
		j.Silent = true
		w.must(w.send(j))
		for user, want := range map[int64]string{10: "Ночью работы", 11: "Manutenção", 12: "Maintenance tonight", 13: "Maintenance tonight"} {
			if m := w.fake.Messages(user)[0]; m.Text != want || !m.Silent || m.HTML != j.Texts["en"] && want == "Maintenance tonight" {
				t.Errorf("user %d got %+v, want %q", user, m, want)
			}
		}
	})
}

// TestThoseWhoGotAnEarlierNotice get the last one, also those who may have; nobody else, and each once.
func TestThoseWhoGotAnEarlierNotice(t *testing.T) {
	bubble(t, func(w *world) {
		people := w.people(350)
		w.fake.Fail(fakebot.Fault{Match: func(c fakebot.Call) bool { return c.Params["chat_id"] == "5" }, Kind: fakebot.CutBefore})
		w.fake.Block(6)
		w.must(w.send(w.job(1, people)))
		w.must(w.send(w.job(2, w.audience(300, 400))))
		w.fake.Unblock(6)
		finished := w.job(3, "")
		finished.Earlier = []uint64{1, 2}
		w.must(w.send(finished))
		got := w.list(3)
		w.wants("recipients", len(got), 349) // 351 to 400 never started the bot, 6 had blocked it
		if got[5].state != "sent" || got[6].state != "" || got[300].state != "sent" {
			t.Errorf("unknown: %+v, blocked: %+v, twice told: %+v", got[5], got[6], got[300])
		}
		w.wants("unknown before", w.list(1)[5].state, "unknown")
	})
}
