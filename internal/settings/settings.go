package settings

import (
	"log/slog"
	"time"
)

// Settings is what an installation decides. A value that [Load] gave is
// complete and consistent; nobody needs to check it again.
type Settings struct {
	PortBaseURL            string // without trailing slash, without /v1
	PortSecretARN          string // ARN or name; if set, ClientID and ClientSecret are empty
	ClientID, ClientSecret Secret

	Identifier, Type string // the integration in Port; neither holds a slash

	AccountRoleARN  string   // role in the management account: Organizations mode
	AccountRoleARNs []string // explicit list; nil if AccountRoleARN is set
	OUIDs           []string // nil unless AccountRoleARN is set
	ExternalID      Secret
	Partition       string // "" = as the credentials say

	// Static credentials; either the first two are set or none.
	AccessKeyID, SecretAccessKey, SessionToken Secret

	InitializePortResources bool
	StartEmpty              bool   // a new integration has neither blueprints nor a mapping
	InitialKinds            string // "ocean" or "all"
	SendRawDataExamples     bool
	ResyncInterval          time.Duration // 0 = none told to Port
	EventListener           string        // "ONCE" or "POLLING"
	Replaced                string        // the listener of Ocean's that POLLING takes the place of; "" = none
	PollInterval            time.Duration // how often POLLING asks Port
	ResyncOnStart           bool          // POLLING resyncs when it starts
	PortLogs                bool          // Port gets the log of a run

	Regions         []string // nil = every enabled one
	AccountsExclude []string // account ids

	State string // s3://bucket/prefix or the path of a folder; "" = none is kept

	// ScaleConcurrency is how many invocations of one run read at a time.
	ScaleConcurrency int
	Rewrite          time.Duration // after how long unchanged entities are written again; 0 = never
	DeleteCount      int           // most deletes of a kind and account; 0 = no limit
	DeleteShare      float64       // largest share of them; 0 = no limit
	DeleteAfter      int           // runs without an entity before it goes

	Coverage bool // an entity in Port for each kind in each account

	History     time.Duration // how far back histories are read; 0 = whole
	DeleteOlder bool          // delete a history's older entities in Port

	ProbePort int // where probes are answered; 0 = nowhere

	LogLevel  slog.Level
	LogFormat string // "json" or "text"

	InLambda bool     // the Lambda runtime API is there
	Warnings []string // what was ignored, and why; safe to log
}

// Secrets returns every secret value that the settings hold, for masking.
// Credentials read later from Secrets Manager are not among them.
func (s *Settings) Secrets() []string {
	var values []string
	for _, secret := range []Secret{
		s.ClientID, s.ClientSecret, s.ExternalID, s.AccessKeyID, s.SecretAccessKey, s.SessionToken,
	} {
		if secret != "" {
			values = append(values, secret.Reveal())
		}
	}
	return values
}

func (s *Settings) warn(text string) { s.Warnings = append(s.Warnings, text) }
