package mask

import "strings"

const (
	// farthest bounds, in bytes, what is looked at to judge a name or a gap.
	farthest = 200
	// longest bounds, in bytes, an object or list behind a name.
	longest = 64 << 10
)

// beside masks values whose name stands beside them in a text, in whatever language: JSON in
// another text, YAML, dotenv, XML, flags, headers, connection strings. It reads the text once, from
// its beginning to its end, and continues behind what it has masked.
type beside struct {
	text    string
	out     strings.Builder
	written int // of text, into out
	// expects is up to where a value belongs to a name that was itself a value: name=password, value=x.
	expects int
	// before is what stands before the last value that may belong to a name which follows it.
	before separator
	// stops has where the next of some characters is, as far as that is known.
	stops map[string]int
}

func maskBeside(text string) string {
	b := &beside{text: text, stops: make(map[string]int)}
	for at := 0; at < len(text); {
		if !inName(text[at]) {
			at++
			continue
		}
		end := at + 1
		for end < len(text) && inName(text[end]) {
			end++
		}
		at = b.after(at, end)
	}
	if b.written == 0 {
		return text
	}
	b.out.WriteString(text[b.written:])
	return b.out.String()
}

func inName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c >= 0x80
}

// mask replaces a part of the text and returns where to continue.
func (b *beside) mask(from, to int) int {
	b.out.WriteString(b.text[b.written:from])
	b.out.WriteString(redacted)
	b.written = to
	return to
}

// after masks what stands behind the name in text[from:end], if it is a secret, and returns where to
// continue: never before end.
func (b *beside) after(from, end int) int {
	name := strings.Trim(b.text[from:end], "-.")
	if len(name) < 2 || len(name) > farthest {
		return end
	}
	if before := b.text[max(0, from-farthest):from]; phrases[strings.ToLower(name)] && strings.HasSuffix(before, " ") {
		before = before[:len(before)-1]
		name = before[strings.LastIndexAny(before, " \t\r\n\"'`=:,;")+1:] + " " + name // API key
	}
	s, ok := b.separator(from, end)
	if !ok {
		return b.loose(name, end)
	}
	secret := secretName(name)
	value := s.end < b.expects && valueName(name)
	if valueName(name) {
		b.before = s
	}
	switch {
	case secret, value:
		b.expects = 0
	case endsIn(name, pairNames):
		if word := b.word(s.end); secretName(word) {
			b.expects = s.end + farthest
			b.maskBefore(from)
		} else if (keyName(name) || s.sign == '=') && random(word) {
			secret = true
		}
	case s.quoted && blankedWhole(name, nil):
		secret = true
	}
	if !secret && !value {
		return end
	}
	start, stop, ok := b.value(s, name)
	if !ok {
		return end
	}
	return b.mask(start, stop)
}

// maskBefore masks a value that stands before its name: value=x, name=password.
func (b *beside) maskBefore(name int) {
	s := b.before
	if s.end == 0 || s.end < b.written || s.end < name-farthest {
		return
	}
	short := &beside{text: b.text[:name], stops: make(map[string]int)}
	if start, stop, ok := short.value(s, ""); ok && !strings.Contains(b.text[stop:name], "}") {
		b.mask(start, stop)
	}
}

// separator is what stands between a name and its value.
type separator struct {
	end       int
	sign      byte // '=', ':', ',' or ' ', and '>' in XML
	quoted    bool // the name was in quotes
	tight     bool // no space follows
	beginning bool // the name begins its line, or a text in quotes
	within    byte // the quote that it begins behind, or 0
}

// separator finds what follows a name. It is false if there is no value behind the name.
func (b *beside) separator(from, end int) (s separator, ok bool) {
	t := b.text
	flag := from < len(t) && t[from] == '-'
	if b.inTag(from) { // <password>, also with attributes
		if c := end; c < len(t) && t[c] != '=' {
			if i := strings.IndexByte(t[end:min(len(t), end+farthest)], '>'); i >= 0 && t[end+i-1+btoi(i == 0)] != '/' {
				return separator{end: end + i + 1, sign: '>', tight: true}, true
			}
		}
	}
	at := skip(t, end, `\`)
	if n := quote(t, at); n > 0 {
		s.quoted = true
		at += n
	} else {
		at = end
	}
	at = skip(t, at, "]")
	spaced := skip(t, at, " \t")
	if spaced < len(t) && (t[spaced] == '=' || t[spaced] == ':') {
		s.sign = t[spaced]
		at = skip(t, spaced, "=:>~")
		s.beginning, s.within = b.beginsLine(from)
		s.end = skip(t, at, " \t")
		s.tight = s.end == at
		if s.quoted {
			s.end = skip(t, s.end, " \t\r\n")
		}
		if s.sign == ':' && s.tight && !s.quoted && !b.mayBeTight(from, s.end) {
			return s, false
		}
		return s, true
	}
	if flag && s.quoted && spaced < len(t) && t[spaced] == ',' { // "--password", "x"
		s.sign, s.end = ',', skip(t, spaced+1, " \t\r\n")
		return s, true
	}
	if flag && !s.quoted && spaced > at {
		s.sign, s.end = ' ', spaced
		return s, true
	}
	return s, false
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// inTag says whether a name is that of an XML element, with or without a prefix.
func (b *beside) inTag(from int) bool {
	if from > 0 && b.text[from-1] == ':' {
		for from--; from > 0 && inName(b.text[from-1]); from-- {
		}
	}
	return from > 0 && b.text[from-1] == '<'
}

// beginsLine says whether a name begins its line, as it does in YAML and dotenv, or a text in quotes,
// and which.
func (b *beside) beginsLine(from int) (begins bool, within byte) {
	before := b.text[max(0, from-farthest):from]
	before = strings.TrimSpace(before[strings.LastIndexByte(before, '\n')+1:])
	switch before {
	case "", "-", "export", "set", "setx", "ENV", "ARG", "$env:", "SET", "env":
		return true, 0
	}
	last := before[len(before)-1]
	return from > 0 && b.text[from-1] == last && strings.IndexByte("\"'`", last) >= 0, last
}

// mayBeTight says whether a colon without a space is one between a name and a value. It is not in ARNs
// (…:secret:x), and in the tag of an image (auth:1.2).
func (b *beside) mayBeTight(from, value int) bool {
	rest := b.text[value:min(len(b.text), value+farthest)]
	if rest == "" || rest[0] == '\n' || rest[0] == '\r' {
		return true
	}
	if from > 0 && b.text[from-1] == '/' { // /password:x
		from--
	}
	if from > 0 && strings.IndexByte(" \t\r\n[{(,;&?|\"'`", b.text[from-1]) < 0 {
		return false
	}
	if quote(rest, skip(rest, 0, `\`)) > 0 {
		return true
	}
	word := rest[:until(rest, 0, " \t\r\n\"'`\\,;)")]
	return strings.Trim(word, "v.0123456789") != "" && word != "latest"
}

// skip returns the first place from at on that holds none of the characters.
func skip(text string, at int, chars string) int {
	for at < len(text) && strings.IndexByte(chars, text[at]) >= 0 {
		at++
	}
	return at
}

// quotes are what texts are quoted with, as it is written inside other languages, too.
var quotes = []string{`"`, `'`, "`", "&quot;", "&#34;", "&#39;", "u0022"}

// quote returns the length of the quote at a place, or 0.
func quote(text string, at int) int {
	for _, q := range quotes {
		if strings.HasPrefix(text[min(at, len(text)):], q) && (q != "u0022" || at > 0 && text[at-1] == '\\') {
			return len(q)
		}
	}
	return 0
}

// word returns what stands at a place, up to the end of the name in it.
func (b *beside) word(at int) string {
	at = skip(b.text, at, `\`)
	at += quote(b.text, at)
	end := at
	for end < len(b.text) && end < at+farthest && inName(b.text[end]) {
		end++
	}
	return b.text[at:end]
}

// value finds the value behind a separator. It is false if what stands there cannot be a secret.
func (b *beside) value(s separator, name string) (start, stop int, ok bool) {
	t, start := b.text, s.end
	if start >= len(t) {
		return 0, 0, false
	}
	if s.sign == '>' {
		stop = b.until(start, "<")
		return start, stop, telling(t[start:stop])
	}
	slashes := skip(t, start, `\`)
	if n := quote(t, slashes); n > 0 {
		if start = slashes + n; s.tight && !s.quoted && (start == len(t) || strings.IndexByte(",]}", t[start]) >= 0) {
			return 0, 0, false // it ends the text that the name is in
		}
		stop = closing(t, start, t[slashes:start], slashes-s.end)
		return start, stop, telling(t[start:stop])
	}
	switch c := t[start]; {
	case c == '\n' || c == '\r' || (c == '|' || c == '>') && endsLine(t, start):
		if s.sign != ':' {
			return 0, 0, false
		}
		return b.block(start)
	case c == '{' || c == '[':
		stop = structure(t, start)
		return start, stop, telling(strings.Trim(t[start:stop], "{}[]"))
	}
	switch {
	case headerName(name):
		stop = b.until(start, "\r\n\"'`\\")
	case s.beginning && s.sign != ' ' || s.sign == ':' && !s.tight && endsIn(name, spoken):
		stop = b.until(start, "\r\n")
		if s.within != 0 || !s.beginning {
			stop = min(stop, b.until(start, "\"'`\\<"))
		}
		stop = start + delimited(t[start:stop])
	default:
		stop = b.until(start, " \t\r\n\"'`<\\")
		stop = start + delimited(t[start:stop])
		// A colon in a sentence is followed by what happened, in words.
		if s.sign == ':' && !s.tight && !s.quoted && !(len(t[start:stop]) >= 6 && strings.ContainsAny(t[start:stop], "0123456789!#$%&*+/=?@^_|~")) {
			return 0, 0, false
		}
	}
	return start, stop, telling(t[start:stop])
}

var (
	headers = set(`authorization cookie`)
	// spoken are the words that a quoted secret follows without a sign, in SQL.
	spoken = set(`password passwd pwd passphrase`)
	// phrases are the words that only tell a secret together with the word before them.
	phrases = set(`key keys string`)
)

// headerName says whether a name is one of a header whose value has several words.
func headerName(name string) bool {
	return endsIn(name, headers)
}

// until is the function of that name, which looks at no part of the text twice.
func (b *beside) until(at int, chars string) int {
	stop, known := b.stops[chars]
	if !known || stop < at {
		stop = until(b.text, at, chars)
		b.stops[chars] = stop
	}
	return stop
}

// until returns the first place from at on that holds one of the characters, or the end.
func until(text string, at int, chars string) int {
	if i := strings.IndexAny(text[at:], chars); i >= 0 {
		return at + i
	}
	return len(text)
}

// closing returns where a quoted text ends: at the same quote behind no more backslashes than before
// the first one, or at the end of a text that was cut.
func closing(text string, at int, q string, slashes int) int {
	for from := at; ; {
		i := strings.Index(text[from:], q)
		if i < 0 {
			return len(text)
		}
		place := from + i
		before := place
		for before > at && text[before-1] == '\\' {
			before--
		}
		if n := place - before; n <= slashes || slashes == 0 && n%2 == 0 {
			return before
		}
		from = place + len(q)
	}
}

func endsLine(text string, at int) bool {
	at = skip(text, at+1, "+-0123456789 \t\r")
	return at >= len(text) || text[at] == '\n'
}

// block finds the lines that belong to a name in YAML, because they are indented more than its
// own, or are elements of its list.
func (b *beside) block(at int) (start, stop int, ok bool) {
	t := b.text
	line := strings.LastIndexByte(t[:at], '\n') + 1
	own := skip(t, line, " -") - line
	first := until(t, at, "\n")
	stop = first
	for stop < len(t) {
		end := until(t, stop+1, "\n")
		text := strings.TrimRight(t[stop+1:end], "\r")
		indent := skip(text, 0, " \t")
		if indent < len(text) && indent <= own && !(indent == own && strings.HasPrefix(text[indent:], "- ")) {
			break
		}
		stop = end
	}
	if start = skip(t, min(first+1, len(t)), " \t\r\n"); start >= stop {
		return 0, 0, false
	}
	return start, stop, true
}

// structure returns where an object or list ends that begins at a place, or the end of the text if it
// was cut or is too large.
func structure(text string, at int) int {
	depth := 0
	for i := at; i < min(len(text), at+longest); i++ {
		switch text[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// delimited returns how much of a text is a single value, if others follow: a=x;b=y, a=x&b=y.
func delimited(text string) int {
	for at := 0; at < len(text); at++ {
		switch text[at] {
		case ';', '&', ',':
			next := skip(text, at+1, " ;&,")
			end := next
			for end < len(text) && end < next+40 && (inName(text[end]) || text[end] == ' ') {
				end++
			}
			if end == len(text) && next == end || end > next && end < len(text) && (text[end] == '=' || text[end] == ':') {
				return at
			}
			at = next - 1
		}
	}
	return len(strings.TrimRight(text, ")]}>,;"))
}

// telling says whether a value can be a secret.
func telling(value string) bool {
	value = strings.TrimSpace(value)
	switch strings.ToLower(value) {
	case "", "true", "false", "null", "none", "nil", "undefined", "yes", "no", "<nil>":
		return false
	}
	return strings.Trim(value, "*|>-+") != "" && value != redacted && !isARN(value)
}

// loose masks what follows the name of a secret without any sign: "password 'x'" in SQL and netrc, and
// "aws_secret_access_key x", if it looks like a secret.
func (b *beside) loose(name string, end int) int {
	t := b.text
	start := skip(t, end, " \t")
	if start == end || start >= len(t) || !secretName(name) {
		return end
	}
	said := false
	if rest := t[start:min(len(t), start+3)]; rest == "is " || rest == "as " || rest == "to " {
		start, said = skip(t, start+3, " \t"), true
	}
	slashes := skip(t, start, `\`)
	if n := quote(t, slashes); n > 0 && endsIn(name, spoken) {
		stop := closing(t, slashes+n, t[slashes:slashes+n], slashes-start)
		if telling(t[slashes+n : stop]) {
			return b.mask(slashes+n, stop)
		}
		return end
	}
	stop := b.until(start, " \t\r\n\"'`<\\,;)&")
	word := t[start:stop]
	said = said && endsIn(name, spoken) && len(word) >= 6 && strings.ContainsAny(word, "0123456789")
	if len(word) > farthest || !said && !random(word) {
		return end
	}
	return b.mask(start, stop)
}
