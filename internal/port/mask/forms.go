package mask

import (
	"regexp"
	"strings"
)

// form is how secrets of one sort are written. Patterns are slow, so one is only tried on text that
// has one of its hints, in small letters. What a pattern's first and second group match stays.
type form struct {
	hints   string // separated by spaces
	pattern *regexp.Regexp
	// random says that the secret has to look like one, because words may have the same form.
	random bool
}

var forms = []form{
	// Keys and tokens of any issuer.
	{hints: privateKey, pattern: regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)`)},
	{hints: "age-secret-key-", pattern: regexp.MustCompile(`(?i)AGE-SECRET-KEY-[0-9A-Z-]+`)},
	{hints: "eyj", pattern: regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]{8,})(?:\.[A-Za-z0-9_-]*)+`)},
	{hints: "bearer basic token negotiate apikey", pattern: regexp.MustCompile(`(?i)(\b(?:bearer|basic|token|negotiate|apikey)(?:[ +]+|%20))[A-Za-z0-9._~+/=-]{8,}`), random: true},
	{hints: "$2 $apr1 $1 $5 $6 $y $argon2", pattern: regexp.MustCompile(`\$(?:2[aby]|apr1|1|5|6|y|argon2[a-z]*)\$[^\s:"']{10,}`)},

	// The quoted ones are what generic scanners look for: a telling word, and near it a quoted value of
	// the right length.
	{hints: "api", pattern: regexp.MustCompile(`(?i)(api[_-]?key.{0,40}["'])[0-9a-z]{32,45}(["'])`)},
	{hints: "secret", pattern: regexp.MustCompile(`(?i)(secret.{0,40}["'])[0-9a-z]{32,45}(["'])`)},
	{hints: "github", pattern: regexp.MustCompile(`(?i)(github.{0,40}["'])[0-9a-z]{35,40}(["'])`)},

	// Arguments of commands.
	{hints: "-u --user --proxy-user --http-user", pattern: regexp.MustCompile(`((?:^|[\s"'=,\[(])(?:-u|--user|--proxy-user|--http-user)(?:[\s=,"'\\]*))[^\s"':\\=-][^\s"':\\]*:[^\s"'\\]+`)},
	{hints: "mysql mariadb", pattern: regexp.MustCompile(`(?i)(\b(?:mysql|mariadb)[a-z-]*\b[^\n|;&]*?\s-p)[^\s"'\\]+`)},
	{hints: "login sshpass sqlcmd bcp redis-cli ldap zip 7z mongo", pattern: regexp.MustCompile(
		`(?i)(\b(?:sshpass|login|sqlcmd|bcp|redis-cli|ldap[a-z]+|unzip|zip|7z|mongo[a-z]*)\b[^\n|;&]*?["'\s]-[paw](?:["',\s=\\]*))[^\s"'\\,=-][^\s"'\\]*`)},
	{hints: "--from-literal", pattern: regexp.MustCompile(`(--from-literal(?:[= ,"'\\]+)[^=\s"']+=)[^\s"'\\]+`)},
	{hints: "-stdin", pattern: regexp.MustCompile(`(?i)(\b(?:echo|printf)\s+(?:-[a-z]+\s+)?(?:["'\\]*))[^\s"'|\\]+([^\n|]*\|[^\n|]*-stdin)`)},
	{hints: "htpasswd", pattern: regexp.MustCompile(`(\bhtpasswd\s+-[A-Za-z]*b[A-Za-z]*\s+(?:-\S+\s+)*\S+\s+\S+\s+)[^\s"']+`)},
	{hints: "identified", pattern: regexp.MustCompile(`(?i)(\bidentified\s+(?:with\s+\S+\s+)?(?:by|as)\s+(?:\\*["']))[^"'\\]+`)},
	{hints: "sudo", pattern: regexp.MustCompile(`(\b(?:echo|printf)\s+["'\\]*)[^\s"'|\\]+(["'\\]*\s*\|\s*sudo\s+-[A-Za-z]*S)`)},
	{hints: "chpasswd", pattern: regexp.MustCompile(`([A-Za-z0-9_-]+:)[^\s"'|\\]+(["'\\]*\s*\|\s*(?:sudo\s+)?chpasswd)`)},
	{hints: "login", pattern: regexp.MustCompile(`(?i)(\blogin\s+\S+\s+password\s+)\S+`)},
	{hints: "thin:", pattern: regexp.MustCompile(`(?i)(:thin:[^/\s]+/)[^@\s]+(@)`)},

	// AWS.
	{hints: "akia asia abia acca", pattern: regexp.MustCompile(`(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}`)},
	{hints: "iqojb3jpz2lu fwogzxivyxdz fqogzxivyxdz aqodyxdz", pattern: regexp.MustCompile(`(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz|AQoDYXdz)[A-Za-z0-9/+=_%-]{16,}`)},
	{hints: "amzn.mws.", pattern: regexp.MustCompile(`(?i)amzn\.mws\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)},
	{hints: "/webhooks?t= /badges?uuid=", pattern: regexp.MustCompile(`(/(?:webhooks\?t|badges\?uuid)=)[^\s"'&\\]+`)},
	{hints: "absk", pattern: regexp.MustCompile(`\bABSK[A-Za-z0-9+/=]{40,}`)},

	// Google.
	{hints: "aiza", pattern: regexp.MustCompile(`AIza[0-9A-Za-z_-]{30,}`)},
	{hints: "ya29.", pattern: regexp.MustCompile(`ya29\.[0-9A-Za-z_-]+`)},
	{hints: "gocspx-", pattern: regexp.MustCompile(`GOCSPX-[0-9A-Za-z_-]{16,}`)},
	{hints: "1//0", pattern: regexp.MustCompile(`\b1//0[0-9A-Za-z_-]{20,}`)},
	{hints: "googleusercontent", pattern: regexp.MustCompile(`[0-9]+-[0-9A-Za-z_]{32}\.apps\.googleusercontent\.com`)},
	{hints: "service_account", pattern: regexp.MustCompile(`(?i)"type"\s*:\s*"service_account"`)},
	{hints: "firebaseio", pattern: regexp.MustCompile(`(?i)[a-z0-9.-]*firebaseio\.com`)},

	// Azure.
	{hints: "==", pattern: regexp.MustCompile(`\b[A-Za-z0-9+/]{86}==`), random: true},
	{hints: "q~", pattern: regexp.MustCompile(`\b[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{25,}`)},
	{hints: "webhook.office.com", pattern: regexp.MustCompile(`(?i)(webhook\.office\.com/)[^\s"'\\]+`)},

	// Where code is kept, built and packed.
	{hints: "ghp_ gho_ ghu_ ghs_ ghr_", pattern: regexp.MustCompile(`gh[pousr]_[A-Za-z0-9]{16,}`)},
	{hints: "github_pat_", pattern: regexp.MustCompile(`github_pat_[A-Za-z0-9_]{16,}`)},
	{hints: "glpat- gldt- glrt- glrtr- glcbt- glptt- glft- glimt- glagent- glsoat- gloas-", pattern: regexp.MustCompile(`\bgl(?:pat|dt|rtr?|cbt|ptt|ft|imt|agent|soat|oas)-[A-Za-z0-9_.=-]{16,}`)},
	{hints: "atatt atctt atbb", pattern: regexp.MustCompile(`\bAT(?:ATT|CTT|BB)[A-Za-z0-9_=-]{16,}`)},
	{hints: "npm_", pattern: regexp.MustCompile(`\bnpm_[A-Za-z0-9]{30,}`)},
	{hints: "pypi-", pattern: regexp.MustCompile(`\bpypi-[A-Za-z0-9_-]{16,}`), random: true},
	{hints: "dckr_", pattern: regexp.MustCompile(`\bdckr_[a-z]+_[A-Za-z0-9_-]{16,}`)},
	{hints: "rubygems_", pattern: regexp.MustCompile(`\brubygems_[a-f0-9]{32,}`)},
	{hints: "oy2", pattern: regexp.MustCompile(`\boy2[a-z0-9]{43}\b`)},
	{hints: "akcp", pattern: regexp.MustCompile(`\bAKCp[A-Za-z0-9]{40,}`)},
	{hints: "ccipat_ bkua_ pul- atlasv1 sqp_ squ_ sqa_", pattern: regexp.MustCompile(`\b(?:CCIPAT_|bkua_|pul-|sq[pua]_|[A-Za-z0-9]{14}\.atlasv1\.)[A-Za-z0-9_=-]{20,}`), random: true},

	// Clouds and platforms.
	{hints: "dop_v1_ doo_v1_ dor_v1_", pattern: regexp.MustCompile(`\bdo[por]_v1_[A-Za-z0-9]{16,}`)},
	{hints: "dapi", pattern: regexp.MustCompile(`\bdapi[a-f0-9]{32}(?:-\d)?`)},
	{hints: "dose", pattern: regexp.MustCompile(`\bdose[a-f0-9]{32}`)},
	{hints: "hvs. hvb. hvr.", pattern: regexp.MustCompile(`\bhv[sbr]\.[A-Za-z0-9_-]{16,}`)},
	{hints: "hrku-", pattern: regexp.MustCompile(`\bHRKU-[A-Za-z0-9_-]{16,}`)},
	{hints: "pscale_ sbp_ sb_secret_", pattern: regexp.MustCompile(`\b(?:pscale_[a-z]+_|sbp_|sb_secret_)[A-Za-z0-9_.=-]{16,}`)},
	{hints: "vercel_ vcp_ vci_ vca_ vcr_ vck_", pattern: regexp.MustCompile(`\b(?:vercel_[a-z_]+_|vc[piark]_)[A-Za-z0-9_]{16,}`), random: true},
	{hints: "flyv1 fm1_ fm1r_ fm1a_ fm2_ fo1_", pattern: regexp.MustCompile(`(?:\bFlyV1 |\b)f(?:m1[ar]?|m2|o1)_[A-Za-z0-9+/=_,-]{16,}`)},
	{hints: "tskey-", pattern: regexp.MustCompile(`\btskey-[a-z]+-[A-Za-z0-9-]{16,}`)},
	{hints: "ltai akid", pattern: regexp.MustCompile(`\b(?:LTAI|AKID)[A-Za-z0-9]{12,}`), random: true},
	{hints: "dp.", pattern: regexp.MustCompile(`\bdp\.(?:st|pt|ct|sa|scim|audit|said)\.[A-Za-z0-9._-]{16,}`)},

	// Who watches and tells.
	{hints: "xox xapp-", pattern: regexp.MustCompile(`\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{10,}`)},
	{hints: "pagerduty.com", pattern: regexp.MustCompile(`(?i)(events(?:\.eu)?\.pagerduty\.com/[a-z/-]+/)[A-Za-z0-9]{16,}`)},
	{hints: "hooks.slack.com", pattern: regexp.MustCompile(`(?i)(hooks\.slack(?:-gov)?\.com/)[^\s"'\\]+`)},
	{hints: "/api/webhooks/", pattern: regexp.MustCompile(`(?i)(discord(?:app)?\.com/api/webhooks/)[^\s"'\\]+`)},
	{hints: ":aa", pattern: regexp.MustCompile(`\b(?:bot)?[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}`)},
	{hints: "sg.", pattern: regexp.MustCompile(`\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`)},
	{hints: "key-", pattern: regexp.MustCompile(`\bkey-[0-9a-f]{32}\b`)},
	{hints: "glsa_ glc_", pattern: regexp.MustCompile(`\bgl(?:sa|c)_[A-Za-z0-9+/=_]{16,}`)},
	{hints: "nrak- nraa- nrii- nriq- nrra- nrbr- nrjs-", pattern: regexp.MustCompile(`\bNR(?:AK|AA|II|IQ|RA|BR|JS)-[A-Za-z0-9_-]{16,}`)},
	{hints: "nral", pattern: regexp.MustCompile(`\b[0-9a-zA-Z]{36}NRAL\b`)},
	{hints: "sntrys_ sntryu_", pattern: regexp.MustCompile(`\bsntry[su]_[A-Za-z0-9+/=_]{16,}`)},
	{hints: "dt0c0 dt0s", pattern: regexp.MustCompile(`\bdt0[cs][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{32,}`)},
	{hints: "ddapp_ ddapi_ ddpat_", pattern: regexp.MustCompile(`\bdd(?:app|api|pat)_[A-Za-z0-9]{16,}`)},

	// Payment, and everything else.
	{hints: "sk_live_ sk_test_ rk_live_ rk_test_ whsec_", pattern: regexp.MustCompile(`\b(?:[sr]k_(?:live|test)_|whsec_)[A-Za-z0-9+/=]{10,}`)},
	{hints: "sq0", pattern: regexp.MustCompile(`\bsq0[a-z]{3}-[A-Za-z0-9_-]{16,}`)},
	{hints: "eaa", pattern: regexp.MustCompile(`\bEAA[A-Za-z0-9_-]{50,}`)},
	{hints: "shpat_ shpca_ shppa_ shpss_ shpua_", pattern: regexp.MustCompile(`\bshp[a-z]{2}_[A-Za-z0-9]{16,}`)},
	{hints: "sk-", pattern: regexp.MustCompile(`\bsk-[A-Za-z0-9_-]{16,}`), random: true},
	{hints: "hf_ r8_ gsk_ xai- pplx- figd_ tfp_", pattern: regexp.MustCompile(`\b(?:hf_|r8_|gsk_|xai-|pplx-|figd_|tfp_)[A-Za-z0-9_-]{20,}`), random: true},
	{hints: "lin_api_ lin_oauth_", pattern: regexp.MustCompile(`\blin_(?:api|oauth)_[A-Za-z0-9]{16,}`)},
	{hints: "ntn_ secret_", pattern: regexp.MustCompile(`\b(?:ntn_|secret_)[A-Za-z0-9]{24,}`), random: true},
	{hints: "pmak- cfpat- ezak", pattern: regexp.MustCompile(`\b(?:PMAK-|CFPAT-|EZAK)[A-Za-z0-9_-]{16,}`)},
	{hints: "pat", pattern: regexp.MustCompile(`\bpat[A-Za-z0-9]{14}\.[a-f0-9]{64}`)},
	{hints: "sdk- api-", pattern: regexp.MustCompile(`\b(?:sdk|api)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)},
}

const privateKey = "private key"

// hint is how a form tells that it may be in a text.
type hint struct {
	text string
	form int // its place among the forms
}

// hints has the hints by their first two characters, and starts says which those are: a text is
// searched for all of them at once.
var (
	hints  = make(map[[2]byte][]hint)
	starts [256][256]bool
)

func init() {
	for i, f := range forms {
		list := strings.Fields(f.hints)
		if f.hints == privateKey { // the only one with a space in it
			list = []string{f.hints}
		}
		for _, text := range list {
			first := [2]byte{text[0], text[1]}
			hints[first] = append(hints[first], hint{text, i})
			starts[text[0]][text[1]] = true
		}
	}
}

// hinted returns which forms may be in a text.
func hinted(text string) (may [256]bool, any bool) {
	plain := strings.ToLower(text)
	for i := 1; i < len(plain); i++ {
		if !starts[plain[i-1]][plain[i]] {
			continue
		}
		for _, h := range hints[[2]byte{plain[i-1], plain[i]}] {
			if !may[h.form] && strings.HasPrefix(plain[i-1:], h.text) {
				may[h.form], any = true, true
			}
		}
	}
	return may, any
}

// maskForms masks what has the form of a secret.
func maskForms(text string) string {
	if may, any := hinted(text); any {
		for i, f := range forms {
			if may[i] {
				text = f.mask(text)
			}
		}
	}
	if strings.Contains(text, "@") {
		text = maskUsers(text)
	}
	return text
}

func (f form) mask(text string) string {
	var out strings.Builder
	at := 0
	for _, found := range f.pattern.FindAllStringSubmatchIndex(text, -1) {
		from, to := found[0], found[1]
		if len(found) > 2 {
			from = found[3]
		}
		if len(found) > 4 {
			to = found[4]
		}
		if secret := text[from:to]; f.random && !drawn(secret) || strings.Trim(secret, "0123456789:") == "" {
			continue
		}
		out.WriteString(text[at:from])
		out.WriteString(redacted)
		at = to
	}
	if at == 0 {
		return text
	}
	out.WriteString(text[at:])
	return out.String()
}

// drawn says whether what follows a prefix is a secret and not a word: it has digits, padding, or small
// and capital letters mixed.
func drawn(secret string) bool {
	k := kindsOf(secret)
	if encodesText(secret) {
		return false
	}
	return k.digits > 0 || strings.HasSuffix(secret, "=") || k.upper > 0 && k.lower > 0 && k.changes > 2
}

// maskUsers masks the user and password in URLs, and in what some databases take for URLs:
// user:password@host.
func maskUsers(text string) string {
	var out strings.Builder
	written := 0
	for at, begin := 0, 0; at < len(text); {
		i := strings.IndexByte(text[at:], '@')
		if i < 0 {
			break
		}
		from, to := user(text, max(begin, at+i-longestUser), at+i)
		at += i + 1
		if from < to {
			rest := text[at:min(len(text), at+longestUser)]
			if end := strings.IndexAny(rest, "/?# \t\r\n\"'`<>\\"); end >= 0 {
				rest = rest[:end]
			}
			if last := strings.LastIndexByte(rest, '@'); last >= 0 { // a password may have one, too
				to = at + last
				at = to + 1
			}
			out.WriteString(text[written:from])
			out.WriteString(redacted)
			written = to
		}
		begin = at
	}
	if written == 0 {
		return text
	}
	out.WriteString(text[written:])
	return out.String()
}

// longestUser bounds, in bytes, a user and a password in a URL.
const longestUser = 1 << 10

// user finds the user and password that stand before an @.
func user(text string, begin, at int) (from, to int) {
	before := text[begin:at]
	if i := strings.LastIndexAny(before, " \t\r\n\"'`<>\\"); i >= 0 {
		begin, before = begin+i+1, before[i+1:]
	}
	if i := strings.LastIndex(before, "://"); i >= 0 {
		credentials := before[i+len("://"):]
		_, password, both := strings.Cut(credentials, ":")
		authority := credentials
		if slash := strings.IndexAny(credentials, "/?#"); slash >= 0 {
			// A password may contain a slash; what is behind a port or a host may not.
			authority = credentials[:slash]
			_, port, _ := strings.Cut(authority, ":")
			if !both || strings.Trim(port, "0123456789") == "" {
				return pair(text, credentials[strings.LastIndexAny(credentials, "/?#")+1:], at)
			}
		}
		if authority == "" || credentials == "git" || strings.HasSuffix(credentials, redacted) && password == "" {
			return 0, 0
		}
		return begin + i + len("://"), at
	}
	return pair(text, before, at)
}

// pair finds a password behind a name and a colon, without a scheme. Digests, mail addresses and names
// of sessions also have an @.
func pair(text, before string, at int) (from, to int) {
	colon := strings.LastIndexByte(before, ':')
	name, password := before[:max(colon, 0)], before[colon+1:]
	if i := strings.LastIndexAny(name, "=,;([{/:"); i >= 0 {
		if name[i] == ':' || name[i] == '/' {
			return 0, 0
		}
		name = name[i+1:]
	}
	after := text[at+1 : min(len(text), at+8)]
	switch {
	case name == "", len(password) < 3, strings.ContainsAny(password, "/,;"), strings.Contains(password, "%2F"), name == "mailto", strings.HasPrefix(name, "ARO"), strings.HasPrefix(name, "AIDA"):
		return 0, 0
	case strings.HasPrefix(after, "sha"), strings.Trim(name, "0123456789") == "":
		return 0, 0
	}
	return at - len(password), at
}
