package mask_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port/mask"
)

// known is a secret that a mask is told.
const known = "correct-horse-battery"

// letters returns n characters that have the form of a key and are none.
func letters(n int) string { return strings.Repeat("aB3", n/3+1)[:n] }

func TestMaskedText(t *testing.T) {
	t.Parallel()
	const gone = "[REDACTED]"
	tests := map[string]struct{ text, want string }{
		"nothing secret":            {"arn:aws:s3:::a-bucket", "arn:aws:s3:::a-bucket"},
		"a value that is known":     {"id=" + known + ".", "id=" + gone + "."},
		"the longer of two":         {known + "-more", gone},
		"a short value that is not": {"a short one", "a short one"},
		"URL with password":         {"see postgres://user:pa55@db.test:5432/x now", "see postgres://" + gone + "@db.test:5432/x now"},
		"URL with empty user":       {"redis://:pa55@cache.test:6379", "redis://" + gone + "@cache.test:6379"},
		"URL with a token":          {"https://token@host.test/path", "https://" + gone + "@host.test/path"},
		"URL with port and mail":    {"https://host.test:443/a", "https://host.test:443/a"},
		"connection string":         {"Server=db;Password=pa55;Encrypt=true", "Server=db;Password=" + gone + ";Encrypt=true"},
		"API key":                   {`api_key: "` + letters(32) + `"`, `api_key: "` + gone + `"`},
		"secret in quotes":          {`SECRET = '` + letters(40) + `'`, `SECRET = '` + gone + `'`},
		"GitHub in quotes":          {`github "` + letters(38) + `"`, `github "` + gone + `"`},
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
	m := mask.New(known, known+"-more", "short")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := m.Text(test.text); got != test.want {
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
	if diff := cmp.Diff(expected, mask.New().Document(original)); diff != "" {
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

func ExampleMask_Document() {
	m := mask.New("correct-horse-battery")
	fmt.Println(m.Document(map[string]any{"Name": "db", "MasterUserPassword": "x", "Note": "uses correct-horse-battery"}))
	// Output: map[MasterUserPassword:[REDACTED] Name:db Note:uses [REDACTED]]
}

// TestTellsSecret has expressions of a mapping whose result must not be shown.
func TestTellsSecret(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]bool{
		".Properties.MasterUserPassword":                              true,
		".Properties.Environment.Variables.STAGE":                     true,
		`.Properties.ContainerDefinitions[0].command | join(" ")`:     true,
		".Properties.ContainerDefinitions[0].dockerLabels.owner":      true,
		".Properties.ContainerDefinitions[].logConfiguration.options": true,
		".Properties.Configuration.Branch":                            true,
		".Properties.ImageConfigResponse.ImageConfig.EntryPoint[0]":   true,
		".Properties.Source.buildspec":                                true,
		"[.Properties | .. | strings] | first":                        true,
		".Properties.SecretArn":                                       false,
		".Properties.Tags.environment":                                true, // as a list it would hold variables
		".Properties.FunctionName":                                    false,
		".Properties.MetadataOptions.HttpTokens":                      false,
		`.Properties.Tags | map({(.Key): .Value}) | add`:              false,
	} {
		if got := mask.TellsSecret(expression); got != want {
			t.Errorf("%s: %v, want %v", expression, got, want)
		}
	}
}

// TestNames has names that tell a secret and names that only sound like it, as members of a document.
func TestNames(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, name := range strings.Fields(`password Passwd dbPassword DB_PASSWORD_2 PGPASSWORD passphrase pass DB_PASS pwd auth basicAuth bearer cred creds credentials
		dsn pat GH_PAT sas blobSas connString connectionString connection-string privateKey signing.key apiKey APIKey api_key API-Key APIKeys accessKeyId
		secretAccessKey clientSecret AuthToken OAuthToken sessionToken ClientToken UserData Authorization proxy-authorization`) {
		names[name] = true
	}
	for _, name := range strings.Fields(`tokenizer secretariat passwordPolicyArn PasswordPolicy passwordLastUsed KeyManager KeySpec KmsKeyId KMSMasterKeyId EncryptionKey author
		authenticated compass bypass PassRole patient sasquatch credit secretArn SecretARNs TokenStatus HttpTokens NextToken maxTokens SigningKeyLength monkey keyboard
		CurrentKeyMaterialId AuthTokenLastModifiedDate AuthTokenEnabled publicKey key Key name path apiVersion accessString`) {
		names[name] = false
	}
	for name, want := range names {
		got := mask.New().Document(map[string]any{name: "plain"})[name]
		if (got != "plain") != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
