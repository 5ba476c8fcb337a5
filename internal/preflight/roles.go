package preflight

import (
	"cmp"
	"fmt"
	"slices"
)

// roles are the roles that the addresses name, or those they should.
func (db database) roles() [4]string {
	var list [4]string
	for u, c := range db.as {
		list[u] = cmp.Or(c.user, uses[u].role)
	}
	return list
}

// wanted are the names of the three roles.
func wanted() []string {
	return []string{uses[asRestore].role, uses[asLoad].role, uses[asRead].role}
}

// seen is a connection that was made; false when none was.
func (db database) seen() (connection, bool) {
	for _, c := range db.as {
		if c.given && c.err == nil {
			return c, true
		}
	}
	return connection{}, false
}

// judgeDatabase says of each role whether it can do its work, and nothing beyond it.
func judgeDatabase(db database) []Result {
	var list []Result
	if c := db.as[asService]; c.given {
		list = append(list, db.judgeService(c))
	}
	one, reached := db.seen()
	if reached {
		list = append(list, db.judgeServer(one)...)
	}
	repair := db.repair()
	for _, u := range []use{asRestore, asLoad, asRead} {
		for _, r := range db.judgeRole(u) {
			if r.SQL != "" {
				r.SQL = repair
			}
			list = append(list, r)
		}
	}
	return list
}

func (db database) judgeService(c connection) Result {
	switch {
	case c.err != nil:
		sentence, hint := c.whyNot()
		return fail("service", "the service's own connection: "+sentence, hint)
	case c.super != "":
		return warn("service", fmt.Sprintf("the service itself works as %s, a superuser: a hole in it opens the whole server", named(c.super)), "give it a role of its own")
	}
	return ok("service", fmt.Sprintf("the service's role %s reaches %s at %s", named(c.role), named(c.base), c.where))
}

// judgeServer looks at what is the same for all roles.
func (db database) judgeServer(c connection) []Result {
	var list []Result
	server := c.version / 10000
	switch {
	case db.dump > 0 && db.dump < server:
		list = append(list, warn("server", fmt.Sprintf("PostgreSQL is version %d and pg_dump %d: an older pg_dump refuses to make backups", server, db.dump),
			fmt.Sprintf("install the client programs of version %d, and name their folder in service.database.tools", server)))
	case server < 14:
		list = append(list, fail("server", fmt.Sprintf("PostgreSQL is version %d, which has no pg_read_all_data", server), "version 14 or newer is needed"))
	default:
		list = append(list, ok("server", fmt.Sprintf("PostgreSQL is version %d.%d", server, c.version%10000)))
	}
	for u, o := range db.as {
		if o.given && o.err == nil && o.system != c.system {
			list = append(list, fail("server", uses[u].key+" leads to another PostgreSQL server", "correct its address: all are about one server"))
		}
	}
	if c.owner == "" {
		list = append(list, fail("server", fmt.Sprintf("there is no database %s", named(db.live)), "correct the service's address or read_url"))
	}
	return list
}

// judgeRole looks at one of the three roles.
func (db database) judgeRole(u use) []Result {
	c, at := db.as[u], uses[u]
	bad := func(sentence, hint string) Result {
		return Result{Name: at.key, State: Fail, Sentence: fmt.Sprintf("%s (%s) %s", cmp.Or(c.role, c.user), at.key, sentence), Hint: hint, SQL: "-"}
	}
	remedy := fmt.Sprintf("make role %s with the SQL, and put its address into the file of %s", at.role, at.file)
	if !c.given {
		return []Result{{Name: at.key, State: Warn, Sentence: fmt.Sprintf("%s is not set: %s", at.key, purpose[u]), Hint: remedy, SQL: "-"}}
	}
	if c.err != nil {
		sentence, hint := c.whyNot()
		r := fail(at.key, at.key+": "+sentence, hint)
		if one, reached := db.seen(); reached && !one.exists[c.user] {
			r = bad("is no role of this server", remedy)
		}
		return []Result{r}
	}
	if why := db.borrowed(u); why != "" {
		return []Result{bad(why, remedy)}
	}
	list := map[use]func(connection, func(string, string) Result) []Result{asRestore: db.judgeRestore, asLoad: db.judgeLoad, asRead: db.judgeRead}[u](c, bad)
	if len(list) == 0 {
		list = []Result{ok(at.key, fmt.Sprintf("%s (%s) %s; it is no superuser", c.role, at.key, able[u]))}
	}
	return list
}

// purpose says what does not work without a role; able what it does, when it is right.
var (
	purpose = [4]string{asRestore: "no restore, and no way back from one", asLoad: "no backup can be loaded or tried",
		asRead: "no checks, no counts, no backups"}
	able = [4]string{asRestore: "may create and rename databases and end their sessions", asLoad: "may load backups, and has no rights on the service's database",
		asRead: "reads everything and writes nothing"}
)

// borrowed says why a role is not one of its own, made for its use. Its rights are then no matter.
func (db database) borrowed(u use) string {
	c := db.as[u]
	switch {
	case c.super == c.role && c.super != "":
		return "is a superuser: what it must not do, nothing keeps it from"
	case c.super != "" && !(u == asRestore && c.super == c.owner):
		return fmt.Sprintf("may become %s, a superuser: what it must not do, nothing keeps it from", named(c.super))
	case c.role == db.as[asService].user:
		return "is the service's own role"
	case c.role == c.owner:
		return fmt.Sprintf("owns the service's database %s", named(db.live))
	}
	for other, o := range db.as {
		if use(other) != u && use(other) != asService && o.user == c.user {
			return fmt.Sprintf("is the role of %s, too: what one may do, the other must not", uses[other].key)
		}
	}
	return ""
}

func (db database) judgeRestore(c connection, bad func(string, string) Result) []Result {
	const hint = "run the SQL"
	var list []Result
	if !c.createDB {
		list = append(list, bad("may not create databases (CREATEDB)", hint))
	}
	if !c.signals {
		list = append(list, bad("may not end others' sessions (pg_signal_backend)", hint))
	}
	if !c.loadInherited {
		list = append(list, bad(fmt.Sprintf("has not the rights of %s: it could not take over what that loads", named(db.roles()[asLoad])), hint))
	}
	switch {
	case c.superOwns:
		list = append(list, bad(fmt.Sprintf("cannot rename %s: it belongs to superuser %s, whose rights nobody should have", named(db.live), named(c.owner)),
			"give the database to the service's role, as the SQL does"))
	case c.owner != "" && !c.ownerInherited:
		list = append(list, bad(fmt.Sprintf("has not the rights of %s, who owns %s: it could not rename it", named(c.owner), named(db.live)), hint))
	}
	return list
}

func (db database) judgeLoad(c connection, bad func(string, string) Result) []Result {
	var list []Result
	if c.ownerInherited {
		list = append(list, bad(fmt.Sprintf("has the rights of %s, who owns %s: what a backup executes could reach it", named(c.owner), named(db.live)), "run the SQL"))
	}
	if len(c.dangerous) > 0 {
		list = append(list, bad(fmt.Sprintf("is a member of %s: what a backup executes could reach the host", listed(c.dangerous, 4)), "run the SQL"))
	}
	return list
}

func (db database) judgeRead(c connection, bad func(string, string) Result) []Result {
	var list []Result
	if c.base != db.live {
		r := bad(fmt.Sprintf("looks at database %s, and the service's is %s", named(c.base), named(db.live)), "correct the address in "+uses[asRead].file)
		r.SQL = ""
		list = append(list, r)
	}
	if !c.readsAll {
		list = append(list, bad("may not read everything (pg_read_all_data)", "run the SQL"))
	}
	if len(c.writable) > 0 {
		r := bad(fmt.Sprintf("may change tables: %s", listed(c.writable, 3)), "see with \\dp and \\du in psql who granted it, and REVOKE it")
		r.SQL = ""
		list = append(list, r)
	}
	if len(c.hidden) > 0 {
		list = append(list, bad(fmt.Sprintf("does not see every row of %s (row level security): a backup would fail", listed(c.hidden, 3)), "the SQL gives it BYPASSRLS"))
	}
	if !c.readOnly {
		r := bad("may begin transactions that write (default_transaction_read_only is off)", "run the SQL")
		r.State = Warn
		list = append(list, r)
	}
	return slices.Clip(list)
}
