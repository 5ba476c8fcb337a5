package text

import "time"

// DatabaseLine is how large the service's database is, in bytes, and how many are connected to it; Err is why it did not say.
type DatabaseLine struct {
	Size        int64
	Connections int
	Err         string
}

// database is "Database 1.6 GB, 42 connections".
func (w Words) database(v *DatabaseLine) html {
	switch {
	case v == nil:
		return ""
	case v.Err != "":
		return w.say("⚠️ %s", sentence(v.Err, maxWhy))
	}
	return w.say("Database %s, %s", html(megabytes(v.Size)), w.count(v.Connections, "%s connection", "%s connections"))
}

// shelved is "Backup 9 h ago, decodes": the newest that could be restored, with a mark when it is too old or not what it should be.
func (w Words) shelved(v *BackupsView) html {
	if v == nil || v.Off {
		return ""
	}
	b, there := v.newest()
	switch age := v.Now.Sub(b.Made); {
	case !there && v.Err != "":
		return w.say("⚠️ %s", sentence(v.Err, maxWhy))
	case !there:
		return w.say("❌ There is no backup that could be restored")
	case v.MaxAge > 0 && age > v.MaxAge:
		return w.say("❌ Backup %s ago, at most %s", age, v.MaxAge)
	case len(b.Wrong) > 0:
		return w.say("❌ Backup %s ago, and not what it should be", age)
	case b.Level == "":
		return w.say("⚠️ Backup %s ago, not proven", age)
	default:
		return w.say("Backup %s ago, %s", age.Round(time.Minute), quiet(b.Level, maxName))
	}
}

// newest is the newest backup that is not a safety copy and could be restored.
func (v BackupsView) newest() (b BackupView, there bool) {
	for _, b := range v.All {
		if b.Problem == "" && b.Folder != "safety" {
			return b, true
		}
	}
	return b, false
}
