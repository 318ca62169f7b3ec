package awssim

import (
	"crypto/hmac"
	"encoding/base32"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// caller is who makes a request.
type caller struct {
	account string
	// arn is arn:aws:iam::…:user/name or arn:aws:sts::…:assumed-role/name/session.
	arn, userID string
	// role is the ARN of the role behind a session, empty for a user.
	role        string
	permissions Permissions
}

// session is a role that was assumed. Its credentials are computed from it and
// verified by computing them again, so that no session needs to be remembered.
type session struct {
	account, role, name string
	issued, expires     time.Time
}

type credentials struct {
	keyID, secret, token string
}

// tokenPrefix starts every token, as it does those of AWS.
const tokenPrefix = "IQoJb3JpZ2luX2Vj"

var tokenText = base64.StdEncoding.WithPadding(base64.NoPadding)

func (s *Server) credentials(of session) credentials {
	claims := strings.Join([]string{
		of.account, of.role, of.name,
		strconv.FormatInt(of.issued.UnixNano(), 36), strconv.FormatInt(of.expires.UnixNano(), 36),
	}, "\n")
	seal := mac(s.key[:], claims)
	token := tokenPrefix + tokenText.EncodeToString(append(seal, claims...))
	return s.credentialsOf(seal, token)
}

func (s *Server) credentialsOf(seal []byte, token string) credentials {
	secret := mac(s.key[:], token)
	return credentials{
		keyID:  "ASIA" + base32.StdEncoding.EncodeToString(seal[:10]),
		secret: base64.StdEncoding.EncodeToString(secret[:30]),
		token:  token,
	}
}

// open finds the session that a token stands for.
func (s *Server) open(token string) (session, credentials, bool) {
	text, ok := strings.CutPrefix(token, tokenPrefix)
	sealed, err := tokenText.DecodeString(text)
	if !ok || err != nil || len(sealed) < 32 {
		return session{}, credentials{}, false
	}
	seal, claims := sealed[:32], string(sealed[32:])
	parts := strings.Split(claims, "\n")
	if len(parts) != 5 || !hmac.Equal(seal, mac(s.key[:], claims)) {
		return session{}, credentials{}, false
	}
	issued, _ := strconv.ParseInt(parts[3], 36, 64)
	expires, _ := strconv.ParseInt(parts[4], 36, 64)
	opened := session{parts[0], parts[1], parts[2], time.Unix(0, issued), time.Unix(0, expires)}
	return opened, s.credentialsOf(seal, token), true
}

// authenticate finds out who makes a call, or why the call is refused.
func (s *Server) authenticate(c *call) *refusal {
	d := &c.service.dialect
	token := c.request.Header.Get("X-Amz-Security-Token")
	secret := ""
	if token == "" {
		ref, known := s.world.user(c.signature.keyID)
		if !known {
			return d.unknownKey.plain()
		}
		secret = ref.user.SecretAccessKey
		c.caller = caller{
			account: ref.account, arn: s.arn("iam", "", ref.account, "user/"+ref.user.Name),
			userID: "AIDA" + dieOf(ref.user.AccessKeyID).text(17, upperDigits), permissions: ref.user.Permissions,
		}
	} else {
		opened, keys, genuine := s.open(token)
		if !genuine || keys.keyID != c.signature.keyID {
			return d.unknownKey.plain()
		}
		if !c.now.Before(opened.expires) || !opened.issued.After(s.world.sessionsExpired(opened.account)) {
			return d.expired.plain()
		}
		secret = keys.secret
		if !s.assume(c, opened) {
			return d.unknownKey.plain()
		}
	}
	c.call.Account = c.caller.account
	if refused := s.verify(c, secret); refused != nil {
		return refused
	}
	account := s.world.account(c.caller.account)
	if account == nil || account.State != AccountActive || !s.world.usable(c.caller.account, c.signature.region) {
		return d.unknownKey.plain()
	}
	return nil
}

// assume makes the caller the role of a session; the role has to exist still.
func (s *Server) assume(c *call, opened session) bool {
	account := s.world.account(opened.account)
	if account == nil {
		return false
	}
	name := baseName(opened.role)
	at := roleAt(account.Roles, name)
	if at < 0 {
		return false
	}
	c.caller = caller{
		account:     opened.account,
		arn:         s.arn("sts", "", opened.account, "assumed-role/"+name+"/"+opened.name),
		userID:      roleID(opened.role) + ":" + opened.name,
		role:        opened.role,
		permissions: account.Roles[at].Permissions,
	}
	return true
}

// verify checks the request's time and signature.
func (s *Server) verify(c *call, secret string) *refusal {
	d := &c.service.dialect
	signed, err := time.Parse(signedTimeForm, c.request.Header.Get("X-Amz-Date"))
	if err != nil || signed.Format("20060102") != c.signature.date {
		return d.badSignature.saying("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP")
	}
	if wording := untimely(signed, c.now.UTC(), d.skew); wording != "" {
		if d.skewed.message != "" {
			return d.skewed.plain()
		}
		return d.skewed.saying("%s", wording)
	}
	if header := c.signature.unsigned(c.request.Header); header != "" {
		return d.badSignature.saying("'%s' must be a 'SignedHeader' in the AWS Authorization.", header)
	}
	if !c.signature.made(c.request, c.body, secret) {
		return d.badSignature.plain()
	}
	return nil
}

func (w *world) user(keyID string) (userRef, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	ref, known := w.keys[keyID]
	return ref, known
}

func roleID(arn string) string {
	return "AROA" + dieOf("role", arn).text(17, upperDigits)
}

func (s *Server) arn(service, region, account, resource string) string {
	return "arn:" + s.world.partition + ":" + service + ":" + region + ":" + account + ":" + resource
}

func (s *Server) roleARN(account string, role *Role) string {
	path := role.Path
	if path == "" {
		path = "/"
	}
	return s.arn("iam", "", account, "role"+path+role.Name)
}
