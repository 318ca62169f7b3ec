package awssim

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	signingAlgorithm = "AWS4-HMAC-SHA256"
	signedTimeForm   = "20060102T150405Z"
)

// signature is what a request's Authorization header says (Signature Version 4).
type signature struct {
	keyID, date, region, service string
	headers                      []string
	value                        string
}

// readSignature takes the Authorization header apart.
func readSignature(header string) (signature, bool) {
	rest, ok := strings.CutPrefix(header, signingAlgorithm+" ")
	if !ok {
		return signature{}, false
	}
	var s signature
	var scope string
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			scope = value
		case "SignedHeaders":
			s.headers = strings.Split(value, ";")
		case "Signature":
			s.value = value
		}
	}
	pieces := strings.Split(scope, "/")
	if len(pieces) != 5 || pieces[4] != "aws4_request" || s.value == "" || len(s.headers) == 0 {
		return signature{}, false
	}
	s.keyID, s.date, s.region, s.service = pieces[0], pieces[1], pieces[2], pieces[3]
	return s, true
}

func (s *signature) scope() string {
	return s.date + "/" + s.region + "/" + s.service + "/aws4_request"
}

// unsigned names a header that AWS requires to be signed and that is not.
func (s *signature) unsigned(header http.Header) string {
	if !slices.Contains(s.headers, "host") {
		return "Host"
	}
	for name := range header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") && !slices.Contains(s.headers, lower) {
			return name
		}
	}
	return ""
}

// made says whether the signature was made of this request with a secret.
func (s *signature) made(r *http.Request, body []byte, secret string) bool {
	payload := r.Header.Get("X-Amz-Content-Sha256")
	sum := sha256.Sum256(body)
	actual := hex.EncodeToString(sum[:])
	if payload != "" && payload != "UNSIGNED-PAYLOAD" && payload != actual {
		return false
	}
	if payload == "" {
		payload = actual
	}
	canonical := sha256.Sum256(s.canonical(r, payload))
	toSign := signingAlgorithm + "\n" + r.Header.Get("X-Amz-Date") + "\n" + s.scope() + "\n" + hex.EncodeToString(canonical[:])
	key := mac([]byte("AWS4"+secret), s.date)
	for _, part := range []string{s.region, s.service, "aws4_request"} {
		key = mac(key, part)
	}
	expected := hex.EncodeToString(mac(key, toSign))
	return subtle.ConstantTimeCompare([]byte(expected), []byte(s.value)) == 1
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// canonical is the request in the form that is signed.
func (s *signature) canonical(r *http.Request, payload string) []byte {
	var b bytes.Buffer
	b.Grow(1024)
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	if s.service != "s3" {
		path = escapePath(path)
	}
	b.WriteString(r.Method + "\n" + path + "\n" + canonicalQuery(r.URL.RawQuery) + "\n")
	for _, name := range s.headers {
		b.WriteString(name + ":" + canonicalHeader(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(s.headers, ";") + "\n" + payload)
	return b.Bytes()
}

func canonicalHeader(r *http.Request, name string) string {
	if name == "host" {
		return r.Host
	}
	values := r.Header.Values(name)
	if name == "content-length" && len(values) == 0 {
		values = []string{string(appendPlain(nil, r.ContentLength))}
	}
	clean := make([]string, len(values))
	for i, value := range values {
		clean[i] = strings.Join(strings.FieldsFunc(value, func(c rune) bool { return c == ' ' }), " ")
	}
	return strings.Join(clean, ",")
}

// escapePath escapes a path that is escaped already once more, as all services
// but S3 want it.
func escapePath(path string) string {
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		if c == '/' || c == '-' || c == '_' || c == '.' || c == '~' ||
			'0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	return b.String()
}

func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var pairs [][2]string
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, [2]string{recode(name), recode(value)})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	joined := make([]string, len(pairs))
	for i, pair := range pairs {
		joined[i] = pair[0] + "=" + pair[1]
	}
	return strings.Join(joined, "&")
}

func recode(part string) string {
	plain, err := url.QueryUnescape(part)
	if err != nil {
		return part
	}
	return strings.ReplaceAll(url.QueryEscape(plain), "+", "%20")
}

// untimely says how a request's time differs from now by more than the minutes
// allowed, in the words that AWS uses; it is empty if it does not.
func untimely(signed, now time.Time, minutes int) string {
	allowed := time.Duration(minutes) * time.Minute
	at := signed.Format(signedTimeForm)
	if earliest := now.Add(-allowed); signed.Before(earliest) {
		return "Signature expired: " + at + " is now earlier than " + earliest.Format(signedTimeForm) +
			" (" + now.Format(signedTimeForm) + " - " + string(appendPlain(nil, minutes)) + " min.)"
	}
	if latest := now.Add(allowed); signed.After(latest) {
		return "Signature not yet current: " + at + " is still later than " + latest.Format(signedTimeForm) +
			" (" + now.Format(signedTimeForm) + " + " + string(appendPlain(nil, minutes)) + " min.)"
	}
	return ""
}
