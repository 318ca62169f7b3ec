package port_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port"
)

// letters returns n characters that have the form of a key and are none.
func letters(n int) string { return strings.Repeat("aB3", n/3+1)[:n] }

func TestMaskedText(t *testing.T) {
	t.Parallel()
	const gone = "[REDACTED]"
	tests := map[string]struct{ text, want string }{
		"nothing secret":            {"arn:aws:s3:::a-bucket", "arn:aws:s3:::a-bucket"},
		"a value that is known":     {"id=" + clientSecret + ".", "id=" + gone + "."},
		"the longer of two":         {clientSecret + "-more", gone},
		"a short value that is not": {"a short one", "a short one"},
		"URL with password":         {"see postgres://user:pa55@db.test:5432/x now", "see " + gone + " now"},
		"URL with empty user":       {"redis://:pa55@cache.test:6379", gone},
		"URL without password":      {"https://user@host.test/path", "https://user@host.test/path"},
		"URL with port and mail":    {"https://host.test:443/a", "https://host.test:443/a"},
		"connection string":         {"Server=db;Password=pa55;Encrypt=true", "Server=db;" + gone + ";Encrypt=true"},
		"API key":                   {`api_key: "` + letters(32) + `"`, gone},
		"secret in quotes":          {`SECRET = '` + letters(40) + `'`, gone},
		"GitHub in quotes":          {`github "` + letters(38) + `"`, gone},
		"GitHub token":              {"ghp_" + letters(36), gone},
		"Google API key":            {"AIza" + letters(35), gone},
		"Firebase":                  {"my-app.firebaseio.com", gone},
		"AWS access key":            {"AKIA" + strings.Repeat("A", 16), gone},
		"AWS session key":           {"key ASIA" + strings.Repeat("B", 16) + ",", "key " + gone + ","},
		"MWS token":                 {"amzn.mws.12345678-1234-1234-1234-123456789012", gone},
		"OAuth client":              {"123-" + letters(32) + ".apps.googleusercontent.com", gone},
		"service account":           {`{"type": "service_account"}`, "{" + gone + "}"},
		"Google OAuth":              {"ya29." + letters(20), gone},
		"JWT":                       {"Bearer eyJ" + letters(20) + ".eyJ" + letters(30) + "." + letters(40), "Bearer " + gone},
		"private key":               {"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest", gone + "\nrest"},
		"private key cut short":     {"-----BEGIN EC PRIVATE KEY-----\nMIIE", gone},
		"PGP key":                   {"-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQ\n-----END PGP PRIVATE KEY BLOCK-----", gone},
		"certificate":               {"-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----"},
	}
	mask := port.NewMask(clientSecret, clientSecret+"-more", "short")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := mask.Text(test.text); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestMaskedDocument(t *testing.T) {
	t.Parallel()
	const document = `{
		"Type": "AWS::Lambda::Function",
		"Properties": {
			"FunctionName": "f", "MemorySize": 512, "KmsKeyArn": null, "HttpTokens": "required", "SecretArn": "arn:aws:x",
			"MasterUserPassword": "p", "auth_token": 17, "NextToken": "n", "UserData": "IyEvYmlu", "AuthTokenEnabled": true,
			"Environment": {"Variables": {"Name": "plain", "DB": "x", "DEBUG": "1"}, "Error": null},
			"Tags": [{"Key": "Team", "Value": "platform"}, {"Key": "db-password", "Value": "p"}],
			"TagsAsObject": {"team": "platform", "api-key": "p"},
			"containerDefinitions": [{"name": "web", "environment": [{"name": "DB", "value": "p"}, "odd"],
				"secrets": [{"name": "S", "valueFrom": "arn:aws:y"}]}],
			"environmentVariables": [{"name": "A", "value": "p", "type": "PLAINTEXT"}],
			"Variables": [{"Name": "A", "DefaultValue": "p"}],
			"Credentials": {"User": "u", "Ports": [1, "two", true, null]},
			"List": ["ok", "AKIAAAAAAAAAAAAAAAAA"]
		},
		"__ExtraContext": {"AccountId": "111122223333"}
	}`
	const want = `{
		"Type": "AWS::Lambda::Function",
		"Properties": {
			"FunctionName": "f", "MemorySize": 512, "KmsKeyArn": null, "HttpTokens": "required", "SecretArn": "arn:aws:x",
			"MasterUserPassword": "[REDACTED]", "auth_token": "[REDACTED]", "NextToken": "n", "UserData": "[REDACTED]", "AuthTokenEnabled": true,
			"Environment": {"Variables": {"Name": "[REDACTED]", "DB": "[REDACTED]", "DEBUG": "[REDACTED]"}, "Error": null},
			"Tags": [{"Key": "Team", "Value": "platform"}, {"Key": "db-password", "Value": "[REDACTED]"}],
			"TagsAsObject": {"team": "platform", "api-key": "[REDACTED]"},
			"containerDefinitions": [{"name": "web", "environment": [{"name": "DB", "value": "[REDACTED]"}, "[REDACTED]"],
				"secrets": [{"name": "[REDACTED]", "valueFrom": "[REDACTED]"}]}],
			"environmentVariables": [{"name": "A", "value": "[REDACTED]", "type": "PLAINTEXT"}],
			"Variables": [{"Name": "A", "DefaultValue": "[REDACTED]"}],
			"Credentials": {"User": "[REDACTED]", "Ports": ["[REDACTED]", "[REDACTED]", true, null]},
			"List": ["ok", "[REDACTED]"]
		},
		"__ExtraContext": {"AccountId": "111122223333"}
	}`
	original, expected := parse(t, document), parse(t, want)
	if diff := cmp.Diff(expected, port.NewMask().Document(original)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(parse(t, document), original); diff != "" {
		t.Errorf("the document itself was changed: %s", diff)
	}
}

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestExamples(t *testing.T) {
	t.Parallel()
	large := map[string]any{"p": json.Number(strings.Repeat("1", 1<<20))}
	tests := map[string]struct {
		documents []map[string]any
		want      string
	}{
		"masked, however they come": {
			[]map[string]any{{"a": clientSecret, "password": "p"}, {"b": clientID, "c": "of-the-settings"}},
			`{"examples":[{"a":"[REDACTED]","password":"[REDACTED]"},{"b":"[REDACTED]","c":"[REDACTED]"}]}`,
		},
		"one is too large": {[]map[string]any{large, {"a": 1}}, `{"examples":[{"a":1}]}`},
		"none is left":     {[]map[string]any{large}, ""},
		"none":             {nil, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{}
			c := client(t, s, func(o *port.Options) { o.Secrets = []string{"of-the-settings"} })
			if _, err := c.Integration(t.Context()); err != nil { // learns the credentials
				t.Fatal(err)
			}
			if err := c.SendExamples(t.Context(), "AWS::S3::Bucket", test.documents); err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(s.calls) > 1 {
				got = s.calls[1].Body
			}
			if got != test.want {
				t.Errorf("sent %.200s, want %s", got, test.want)
			}
		})
	}
}

func ExampleMask_Document() {
	mask := port.NewMask("correct-horse-battery")
	fmt.Println(mask.Document(map[string]any{"Name": "db", "MasterUserPassword": "x", "Note": "uses correct-horse-battery"}))
	// Output: map[MasterUserPassword:[REDACTED] Name:db Note:uses [REDACTED]]
}
