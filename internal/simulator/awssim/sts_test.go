package awssim_test

import (
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const memberRole = "arn:aws:iam::" + member + ":role/portolan/reader"

func TestAssumeRole(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	client := sts.NewFromConfig(config(t, s, ireland, base()))
	tests := []struct {
		name   string
		change func(*sts.AssumeRoleInput)
		code   string
		status int
	}{
		{"trusted", func(*sts.AssumeRoleInput) {}, "", 200},
		{"no such role", func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String(memberRole + "s") }, "AccessDenied", 403},
		{"role without its path", func(in *sts.AssumeRoleInput) {
			in.RoleArn = aws.String("arn:aws:iam::" + member + ":role/reader")
		}, "AccessDenied", 403},
		{"no such account", func(in *sts.AssumeRoleInput) {
			in.RoleArn = aws.String("arn:aws:iam::999999999999:role/portolan/reader")
		}, "AccessDenied", 403},
		{"caller not trusted", func(in *sts.AssumeRoleInput) {
			in.RoleArn = aws.String("arn:aws:iam::" + audit + ":role/portolan/reader")
		}, "AccessDenied", 403},
		{"wrong external id", func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("guess") }, "AccessDenied", 403},
		{"no external id", func(in *sts.AssumeRoleInput) { in.ExternalId = nil }, "AccessDenied", 403},
		{"ill-formed session name", func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") }, "ValidationError", 400},
		{"ill-formed ARN", func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("reader-reader-reader") }, "ValidationError", 400},
		{"session too short", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(60) }, "ValidationError", 400},
		{"session too long for the role", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(7200) }, "ValidationError", 400},
		{"parameter not simulated", func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("someone") }, "ValidationError", 400},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in := &sts.AssumeRoleInput{
				RoleArn: aws.String(memberRole), RoleSessionName: aws.String("portolan-1"), ExternalId: aws.String("shibboleth"),
			}
			test.change(in)
			out, err := client.AssumeRole(t.Context(), in)
			wantCode(t, err, test.code, test.status)
			if err != nil {
				return
			}
			if want := "arn:aws:sts::" + member + ":assumed-role/reader/portolan-1"; aws.ToString(out.AssumedRoleUser.Arn) != want {
				t.Errorf("want %s, got %s", want, aws.ToString(out.AssumedRoleUser.Arn))
			}
			if left := time.Until(*out.Credentials.Expiration); left < 59*time.Minute || left > time.Hour {
				t.Errorf("want an hour, got %s", left)
			}
		})
	}
}

func TestAssumeRoleOfASession(t *testing.T) {
	t.Parallel()
	e := smallEstate()
	first, second := &e.Accounts[0].Roles[0], &e.Accounts[1].Roles[0]
	first.ExternalID, second.ExternalID, second.MaxSession = "", "", 43200
	second.Trusts = []string{"arn:aws:iam::" + management + ":role/portolan/reader"}
	s := start(t, e, awssim.Options{})
	client := sts.NewFromConfig(assumed(t, s, "arn:aws:iam::"+management+":role/portolan/reader", "unused"))
	in := &sts.AssumeRoleInput{RoleArn: aws.String(memberRole), RoleSessionName: aws.String("chained")}
	_, err := client.AssumeRole(t.Context(), in)
	wantCode(t, err, "", 0)
	in.DurationSeconds = aws.Int32(7200)
	_, err = client.AssumeRole(t.Context(), in)
	wantCode(t, err, "ValidationError", 400)
}

func TestGetCallerIdentity(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	out, err := sts.NewFromConfig(config(t, s, ireland, base())).GetCallerIdentity(t.Context(), nil)
	wantCode(t, err, "", 0)
	if aws.ToString(out.Account) != management || aws.ToString(out.Arn) != "arn:aws:iam::"+management+":user/base" {
		t.Errorf("got %s of %s", aws.ToString(out.Arn), aws.ToString(out.Account))
	}
	out, err = sts.NewFromConfig(assumed(t, s, memberRole, "shibboleth")).GetCallerIdentity(t.Context(), nil)
	wantCode(t, err, "", 0)
	if want := "arn:aws:sts::" + member + ":assumed-role/reader/test"; aws.ToString(out.Arn) != want {
		t.Errorf("want %s, got %s", want, aws.ToString(out.Arn))
	}
}
