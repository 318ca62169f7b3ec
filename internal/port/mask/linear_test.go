package mask_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"portolan/internal/port/mask"
)

// TestLargeTexts masks half a mebibyte of what makes bad patterns slow: it takes as much longer than a
// part of it as it is larger.
func TestLargeTexts(t *testing.T) {
	t.Parallel()
	m := mask.New("correct-horse-battery")
	nested := strings.Repeat(`{"a":`, 100_000)
	encoded := "password=hunter2 "
	for len(encoded) < 1<<19 {
		encoded = base64.StdEncoding.EncodeToString([]byte(encoded + strings.Repeat("x", len(encoded))))
	}
	for _, unit := range []string{
		"a", `"`, `\`, `\"`, "=", "/", "@", ":", "{", "[", "a=", "a:", "password=", "password: [", "password: {\n", `password="`, `password=\"`,
		"password:\n", "password: |\n ", "key=password,", "value=x,", "name: password\n", "<password>", "<a:", "://", "://a:b", "a:b@", "a@", "@@",
		"%41", "%", "+", "&quot;", "&", `\u0041`, `\\`, "--password ", "password ", "secret: ", "a;b=", "-----BEGIN PRIVATE KEY-----",
		"-----BEGIN CERTIFICATE-----", "eyJ", "eyJaaaaaaaa.", "mysql ", "mysql -p", "login ", "echo a|", "$1$", "Bearer ", "A1b2", "QUJD", "QUJD\n",
		"SG.", "api_key", "secret'", ";", ",;& ", "\n", "\n ", "ghp_", "sk-", "ünï", "Authorization: ", "X-Amz-Signature=a&", "arn:aws:s3:::",
		"key: ", "identified by ", "-u a:", `{"a":1},`, nested, encoded,
	} {
		took := func(size int) time.Duration {
			text := strings.Repeat(unit, size/len(unit)+1)[:size]
			start := time.Now()
			m.Text(text)
			return time.Since(start)
		}
		small, large := took(1<<16), took(1<<19) // eight times as much
		if large > 2*time.Second && large > 32*small {
			t.Errorf("%.20q… takes %v, and eight times as much takes %v", unit, small, large)
		}
	}
}

// TestManyLayers masks what is encoded again and again: the layers that are opened have an end.
func TestManyLayers(t *testing.T) {
	t.Parallel()
	text := "password=hunter2"
	for range 12 {
		text = quoted(text)
	}
	if got := mask.New().Text(text); len(got) > len(text)+20 {
		t.Errorf("%d characters become %d", len(text), len(got))
	}
}

func BenchmarkText(b *testing.B) {
	for name, text := range map[string]string{
		"a line of the log": `AWS call failed after 3 attempts: operation error SQS: ListQueues, https response error StatusCode: 503, RequestID: 1b2c3d4e-0000-4000-8000-0123456789ab`,
		"an ARN":            "arn:aws:lambda:eu-west-1:111122223333:function:auth-token-refresher",
		"a policy":          `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sqs:SendMessage","Resource":"*"}]}`,
	} {
		b.Run(name, func(b *testing.B) {
			m := mask.New("correct-horse-battery", "another-secret-value")
			b.ReportAllocs()
			for b.Loop() {
				m.Text(text)
			}
		})
	}
}
