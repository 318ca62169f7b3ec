package settings_test

import (
	"regexp"
	"strings"
	"testing"

	"portolan/internal/settings"
)

var namesAVariable = regexp.MustCompile(`(?i)OCEAN__|PORTOLAN_|PORT_SECRET_ARN`)

// FuzzLoad checks for every environment: no panic, no secret in an error or a
// warning, one line for each error, and a variable named in each.
func FuzzLoad(f *testing.F) {
	f.Add("OCEAN__PORT__BASE_URL", "https://api.getport.io", "x")
	f.Add("OCEAN__INTEGRATION", `{"config":{"ouId":"ou-ab12-cdefghij"},"secrets":{"externalId":"a"}}`, "\n")
	f.Add("OCEAN__EVENT_LISTENER", `{"type":"POLLING"}`, `"`)
	f.Add("ocean__integration__config__account_role_arns", `["arn:aws:iam::111122223333:role/R"]`, "@")
	f.Add("PORTOLAN_REGIONS", "eu-west-1,", "é")
	f.Add("PORTOLAN_REGIONS", "us-east-1,EU-WEST-1", "eu wset 1")
	f.Add("PORTOLAN_ACCOUNTS_EXCLUDE", "111122223333,1111-2222-3333", "１２")
	f.Add("OCEAN__INTEGRATION__CONFIG__OU_ID", "r-ab12,OU-AB12-CDEFGHIJ", " ")
	f.Add("OCEAN__INTEGRATION__TYPE", "aws-v33", "AWS_V3")
	f.Fuzz(func(t *testing.T, name, text, noise string) {
		const marker = "hUnTeR2"
		secret := noise + marker + noise
		environ := []string{
			name + "=" + text,
			"OCEAN__PORT__CLIENT_ID=" + secret,
			"OCEAN__PORT=" + `{"clientSecret":"` + secret + `"}`,
			"OCEAN__INTEGRATION__SECRETS__EXTERNAL_ID=" + secret,
			"OCEAN__INTEGRATION__CONFIG__EXTERNAL_ID=other" + secret,
			"OCEAN__INTEGRATION__CONFIG__AWS_SECRET_ACCESS_KEY=" + secret,
			"OCEAN__INTEGRATION__CONFIG__AWS_SECRET_KEY=" + secret,
			"OCEAN__PORT__BASE_URL=https://user:" + secret + "@host",
			"PORT_SECRET_ARN=" + secret + "{}",
		}
		s, err := settings.Load(environ)
		if strings.Contains(strings.Join(s.Warnings, "\n"), marker) {
			t.Errorf("a secret in the warnings %q", s.Warnings)
		}
		if err == nil {
			t.Fatalf("no error of %q", environ)
		}
		if strings.Contains(err.Error(), marker) && !strings.Contains(name+text, marker) {
			t.Errorf("a secret in the error %s", err)
		}
		for line := range strings.Lines(err.Error()) {
			if !namesAVariable.MatchString(line) {
				t.Errorf("no variable in %q", line)
			}
		}
	})
}
