package mask

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// words splits a name into its words, in small letters and without digits at their end: DBPassword,
// db-password and DB_PASSWORD_2 are all "db", "password".
func words(name string) []string {
	var list []string
	runes := []rune(name)
	for start := 0; start < len(runes); {
		if !inWord(runes[start]) {
			start++
			continue
		}
		end := start + 1
		for end < len(runes) && inWord(runes[end]) && !begins(runes, end) {
			end++
		}
		if word := strings.TrimRight(strings.ToLower(string(runes[start:end])), "0123456789"); word != "" {
			list = append(list, word)
		}
		start = end
	}
	return list
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// begins says whether a word begins at a letter that follows another: Name in TagName and in
// KMSName, but not the s of ARNs.
func begins(runes []rune, at int) bool {
	if !unicode.IsUpper(runes[at]) {
		return false
	}
	if !unicode.IsUpper(runes[at-1]) {
		return true
	}
	small := at + 1
	for small < len(runes) && unicode.IsLower(runes[small]) {
		small++
	}
	return small > at+1 && !(small == at+2 && runes[at+1] == 's')
}

func set(words string) map[string]bool {
	list := make(map[string]bool)
	for _, word := range strings.Fields(words) {
		list[word] = true
	}
	return list
}

var (
	// secretWords tell that a name is one of a secret. Two words count as one, too: "api key".
	secretWords = set(`password passwords passwd passwds passphrase passphrases passcode pword pwd pwds secret secrets token
		tokens auth oauth authorization bearer cred creds credential credentials dsn jwt cookie cookies hmac apikey apikeys
		accesskey accesskeys privatekey privatekeys secretkey secretkeys signingkey signingkeys accountkey sharedkey
		licensekey deploykey servicekey apisecret userdata connectionstring connectionstrings connstring connstr psk psks presharedkey
		passwort passwörter kennwort contraseña contrasena senha motdepasse wachtwoord`)

	// lastWords do so only at the end of a name, because they also begin names like PassRole.
	lastWords = set(`pass pin pat pats sas pw sig signature signatures otp`)

	// glued are the words that names without any separation end in: PGPASSWORD, dbpwd.
	glued = []string{"password", "passwd", "dbpass", "userpass", "rootpass", "storepass", "keypass", "adminpass", "passphrase", "secret", "token", "tokens", "apikey", "accesskey", "secretkey", "privatekey", "credentials", "pwd"}

	// about are the words that end a name which is about a secret, and does not hold it: the ARN of
	// a secret, the length of a signing key, the policy of passwords.
	about = set(`arn arns status enabled enable disabled rotation manager policy policies date time timestamp at count counts
		length type types mode modes name names age days expiry expires expiration required version versions endpoint
		endpoints url urls uri uris issuer algorithm algorithms method methods provider origin state changed modified updated
		created used supported allowed limit size minutes seconds hours ttl lifetime validity reason error errors spec file
		files path dir directory location stdin user username role format prefix header headers window interval
		period exception fault`)

	// complaints begin the codes of errors: ExpiredToken, InvalidClientTokenId.
	complaints = set(`invalid expired missing malformed unknown unrecognized incorrect wrong bad no`)

	// public are whole names that hold no secret: settings, the places of pages, and a date.
	public = set(`authorizationconfig lastmodifiedsecret httptokens nexttoken maxtokens maxtoken continuationtoken paginationtoken`)
)

// secretName says whether a name tells that its value is a secret.
func secretName(name string) bool {
	if len(name) < 2 || len(name) > 200 {
		return false
	}
	w := words(name)
	if len(w) == 0 || about[w[len(w)-1]] || complaints[w[0]] || public[strings.Join(w, "")] {
		return false
	}
	for i, word := range w {
		switch {
		case secretWords[word], i == len(w)-1 && lastWords[word]:
			return true
		case i > 0 && secretWords[w[i-1]+word]:
			return true
		case slices.ContainsFunc(glued, func(end string) bool { return strings.HasSuffix(word, end) }):
			return true
		}
	}
	return false
}

// secretFlag says whether an argument of a command says that the next one is a secret.
func secretFlag(argument string) bool {
	name := strings.TrimLeft(argument, "-")
	return len(name) < len(argument) && !strings.ContainsAny(name, "=: ") && secretName(name)
}

func endsIn(name string, list map[string]bool) bool {
	w := words(name)
	return len(w) > 0 && list[w[len(w)-1]]
}

// The members of pairs of a name and a value: tags, parameters, headers.
var (
	pairNames  = set("name key id variable header")
	pairValues = set("value values")
)

func valueName(name string) bool { return endsIn(name, pairValues) }

// pairsSecret says whether an object is a name with a value, and the name tells that the value is a
// secret.
func pairsSecret(object map[string]any) bool {
	for name, v := range object {
		text, isText := v.(string)
		if isText && endsIn(name, pairNames) && (secretName(text) || secretFlag(text)) {
			return true
		}
	}
	return false
}

// openKeys are the words before "key" that make it the key of a row, an object or a resource.
var openKeys = set(`s object kms tag partition sort range hash primary foreign public cache group routing bucket file event metric idempotency dedup deduplication item`)

// keyName says whether a name is that of a key which may be a secret: ENCRYPTION_KEY, app.key. What
// it holds has to look like one.
func keyName(name string) bool {
	w := words(name)
	return len(w) > 1 && w[len(w)-1] == "key" && !openKeys[w[len(w)-2]]
}

// isARN says whether a text is an ARN and nothing else. It names a secret, and does not hold it.
func isARN(text string) bool { return strings.HasPrefix(text, "arn:") && arn.MatchString(text) }

var arn = regexp.MustCompile(`^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{0,12}:[^\s"'=&]+$`)
