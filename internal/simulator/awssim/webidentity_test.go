package awssim_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	issuer  = "https://oidc.eks.eu-west-1.amazonaws.com/id/A1B2"
	subject = "system:serviceaccount:port-ocean:port-ocean-aws-v3"
)

// clusterEstate is smallEstate with a cluster that the member knows.
func clusterEstate() awssim.Estate {
	e := smallEstate()
	for i := range e.Accounts {
		if a := &e.Accounts[i]; a.ID == member {
			a.Issuers = []string{issuer}
			a.Roles = append([]awssim.Role{}, a.Roles...)
			a.Roles[0].WebIdentities = []awssim.WebIdentity{{Issuer: issuer, Subject: subject}}
		}
	}
	return e
}

func TestAssumeRoleWithWebIdentity(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := start(t, clusterEstate(), awssim.Options{Now: func() time.Time { return now }})
	foreign := start(t, clusterEstate(), awssim.Options{Seed: 1})
	client := sts.NewFromConfig(config(t, s, ireland, nil))
	tests := map[string]struct {
		token  string
		change func(*sts.AssumeRoleWithWebIdentityInput)
		code   string
		status int
	}{
		"trusted":            {s.Token(issuer, subject, time.Hour), nil, "", 200},
		"another subject":    {s.Token(issuer, subject+"-2", time.Hour), nil, "AccessDenied", 403},
		"another issuer":     {s.Token(issuer+"C3", subject, time.Hour), nil, "InvalidIdentityToken", 400},
		"an expired token":   {s.Token(issuer, subject, 0), nil, "ExpiredTokenException", 400},
		"no token of theirs": {foreign.Token(issuer, subject, time.Hour), nil, "InvalidIdentityToken", 400},
		"no token at all":    {"shibboleth", nil, "InvalidIdentityToken", 400},
		"a role that trusts users only": {s.Token(issuer, subject, time.Hour), func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.RoleArn = aws.String("arn:aws:iam::" + management + ":role/portolan/reader")
		}, "InvalidIdentityToken", 400},
		"no such role": {s.Token(issuer, subject, time.Hour), func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.RoleArn = aws.String(memberRole + "s")
		}, "AccessDenied", 403},
		"session too long": {s.Token(issuer, subject, time.Hour), func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.DurationSeconds = aws.Int32(7200)
		}, "ValidationError", 400},
		"ill-formed session name": {s.Token(issuer, subject, time.Hour), func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.RoleSessionName = aws.String("a b")
		}, "ValidationError", 400},
		"parameter not simulated": {s.Token(issuer, subject, time.Hour), func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.Policy = aws.String("{}")
		}, "ValidationError", 400},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := &sts.AssumeRoleWithWebIdentityInput{
				RoleArn: aws.String(memberRole), RoleSessionName: aws.String("pod"), WebIdentityToken: aws.String(test.token),
			}
			if test.change != nil {
				test.change(in)
			}
			out, err := client.AssumeRoleWithWebIdentity(t.Context(), in)
			wantCode(t, err, test.code, test.status)
			if err != nil {
				return
			}
			keys := awssim.Identity{
				AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken,
			}
			who, err := sts.NewFromConfig(config(t, s, ireland, static(keys))).GetCallerIdentity(t.Context(), nil)
			if err != nil || !strings.HasSuffix(*who.Arn, ":assumed-role/reader/pod") || aws.ToString(out.SubjectFromWebIdentityToken) != subject {
				t.Errorf("the session is %+v, %v", who, err)
			}
		})
	}
}

// TestOnlyATokenNeedsNoSignature makes unsigned calls that need a signature.
func TestOnlyATokenNeedsNoSignature(t *testing.T) {
	t.Parallel()
	s := start(t, clusterEstate(), awssim.Options{})
	for _, form := range []string{
		"Action=GetCallerIdentity&Version=2011-06-15", "Action=AssumeRoleWithWebIdentity&Version=2010-05-08", "%",
	} {
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, httptest.NewRequest("POST", "/", strings.NewReader(form)))
		if answer.Code != 403 || !strings.Contains(answer.Body.String(), "MissingAuthenticationToken") {
			t.Errorf("%s: %d %s", form, answer.Code, answer.Body)
		}
	}
}

func TestTrustOfAnUnknownIssuer(t *testing.T) {
	t.Parallel()
	e := clusterEstate()
	e.Accounts[1].Issuers = nil
	if err := e.Validate(); err == nil || !strings.Contains(err.Error(), issuer) {
		t.Errorf("the estate is %v", err)
	}
}
