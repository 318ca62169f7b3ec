package settings

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
	"portolan/internal/nearest"
)

// Load reads the settings from an environment in the form of [os.Environ].
//
// The error joins one error for each variable that is wrong or missing. Each
// names the variable, what it holds unless that may be secret, and what it
// should hold.
func Load(environ []string) (Settings, error) {
	return load(environ, func(s *Settings, bad map[string]bool) []error { return append(s.settlePort(bad), s.settle(bad)...) })
}

// LoadAWS is [Load] for what only reads AWS: nothing about Port has to be set.
func LoadAWS(environ []string) (Settings, error) { return load(environ, (*Settings).settle) }

func load(environ []string, settle func(*Settings, map[string]bool) []error) (Settings, error) {
	g := gather(environ)
	_, inLambda := g.values["AWS_LAMBDA_RUNTIME_API"]
	delete(g.values, "AWS_LAMBDA_RUNTIME_API")
	s := Settings{InLambda: inLambda, Warnings: g.warnings}

	problems := g.problems
	bad := map[string]bool{}
	for _, row := range table {
		value, ok := g.values[key(row.Name)]
		delete(g.values, key(row.Name))
		if err := row.apply(&s, value, ok); err != nil {
			problems = append(problems, err)
			bad[row.Name] = true
		}
	}
	for _, k := range slices.Sorted(maps.Keys(g.values)) {
		if err := leftover(&s, k, g.values[k]); err != nil {
			problems = append(problems, err)
		}
	}
	problems = append(problems, settle(&s, bad)...)
	if err := errors.Join(problems...); err != nil {
		return Settings{}, diag.With(diag.SettingsWrong, err)
	}
	return s, nil
}

// apply sets the row's field to the given value, or else to the default.
func (row Setting) apply(s *Settings, v given, ok bool) error {
	if !ok {
		v = given{text: row.Default}
	}
	if v.text == "" {
		return nil
	}
	if v.composite && !strings.HasPrefix(row.Type, "list") {
		return fmt.Errorf("%s holds a JSON array or object; it should hold a %s", v.name, row.Type)
	}
	err := row.set(s, v.text)
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s holds %s; it should hold %w", v.name, row.show(v.text), err)
}

// Show returns a value of a setting for an error, cut, or says that it is not shown. A name that
// is not in the table is that of no secret.
func Show(name, text string) string {
	for _, row := range table {
		if row.Name == name {
			return row.show(text)
		}
	}
	return quote(text)
}

// show is Show for a row of the table.
func (row Setting) show(text string) string {
	if row.Secret || mayHoldSecret(row, text) {
		return "something else (the value is not shown)"
	}
	return quote(text)
}

// mayHoldSecret reports whether a value of a setting that is no secret may hold one all the same.
// People paste the secret itself where its ARN belongs, and credentials into URLs: before the
// host, in the query, or instead of it.
func mayHoldSecret(row Setting, text string) bool {
	switch {
	case row.Name == "PORT_SECRET_ARN", strings.ContainsAny(text, "@?#"):
		return true
	case row.Type == "URL":
		u, err := url.Parse(text)
		return err != nil || u.Host == ""
	}
	return false
}

// leftover returns an error for a variable that is not in the table and not ignored.
func leftover(s *Settings, k string, v given) error {
	if why, ok := whyIgnored(k); ok {
		if !isUsual(k, v.text) {
			s.warn(fmt.Sprintf("%s is ignored: %s", v.name, why))
		}
		return nil
	}
	if strings.HasPrefix(k, "APPLICATION__") {
		return nil // it may be another program's
	}
	if instead, how, ok := formerKey(k); ok {
		return fmt.Errorf("%s is a setting of Ocean's older aws integration; use %s instead: %s", v.name, instead, how)
	}
	return fmt.Errorf("%s is not a setting%s", v.name, cmp.Or(suggestion(k), "; remove it, or correct its name"))
}

// suggestion returns the setting that an unknown name may stand for: the nearest name, or the one
// with the same last part in another place.
func suggestion(k string) string {
	keys := make([]string, len(table))
	for i, row := range table {
		keys[i] = key(row.Name)
	}
	near, ok := nearest.Name(k, keys)
	for i, row := range table {
		if ok && keys[i] == near || !ok && last(keys[i]) == last(k) {
			return "; did you mean " + row.Name + "?"
		}
	}
	return ""
}

func last(k string) string { return k[strings.LastIndexByte(k, '/')+1:] }

// settlePort judges what a run needs of Port. It does not complain again about settings that are bad on
// their own.
func (s *Settings) settlePort(bad map[string]bool) (problems []error) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	if s.Integration.Identifier == "" && !bad["OCEAN__INTEGRATION__IDENTIFIER"] {
		add("OCEAN__INTEGRATION__IDENTIFIER is not set; it should hold the integration's identifier in Port, such as my-aws")
	}
	hasLiteral := s.Port.ClientID != "" || s.Port.ClientSecret != ""
	switch {
	case s.Port.SecretARN != "" && hasLiteral:
		add("PORT_SECRET_ARN and OCEAN__PORT__CLIENT_ID or OCEAN__PORT__CLIENT_SECRET are both set; keep one of them")
	case s.Port.SecretARN == "" && !hasLiteral && !bad["PORT_SECRET_ARN"]:
		add("Port's credentials are not set; set PORT_SECRET_ARN, or OCEAN__PORT__CLIENT_ID and OCEAN__PORT__CLIENT_SECRET")
	case hasLiteral && s.Port.ClientSecret == "":
		add("OCEAN__PORT__CLIENT_SECRET is not set, though OCEAN__PORT__CLIENT_ID is; set both")
	case hasLiteral && s.Port.ClientID == "":
		add("OCEAN__PORT__CLIENT_ID is not set, though OCEAN__PORT__CLIENT_SECRET is; set both")
	}
	return problems
}

// settle decides what else depends on more than one setting.
func (s *Settings) settle(bad map[string]bool) []error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if (s.AWS.AccessKeyID == "") != (s.AWS.SecretAccessKey == "") || s.AWS.SessionToken != "" && s.AWS.AccessKeyID == "" {
		add("%sAWS_ACCESS_KEY_ID and %sAWS_SECRET_ACCESS_KEY must be set together, "+
			"and AWS_SESSION_TOKEN only with them", config, config)
	}
	for _, arn := range append([]string{s.AWS.RoleARN}, s.AWS.RoleARNs...) {
		if p := awsname.ARNPartition(arn); s.AWS.Partition != "" && p != "" && p != s.AWS.Partition {
			add("%sAWS_PARTITION holds %q, but the role %s is in %q; they should agree", config, s.AWS.Partition, arn, p)
		}
	}
	if s.Deletes.After > 1 && s.State.Place == "" && !bad["PORTOLAN_STATE"] {
		add("PORTOLAN_DELETE_AFTER holds \"%d\", but only a state can count absences; set PORTOLAN_STATE too, or leave it at 1", s.Deletes.After)
	}
	s.settleAccounts()
	if s.Log.Format == "" {
		s.Log.Format = "text"
		if s.InLambda {
			s.Log.Format = "json"
		}
	}
	return problems
}

func (s *Settings) settleAccounts() {
	if s.AWS.RoleARN != "" && s.AWS.RoleARNs != nil {
		s.AWS.RoleARNs = nil
		s.warn(config + "ACCOUNT_ROLE_ARNS is ignored: ACCOUNT_ROLE_ARN is set and finds the accounts in the Organization")
	}
	if s.AWS.RoleARN == "" && s.AWS.OUs != nil {
		s.AWS.OUs = nil
		s.warn(config + "OU_ID is ignored: only ACCOUNT_ROLE_ARN makes the Organization readable")
	}
}
