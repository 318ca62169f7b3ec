package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portolan/internal/aws/awsname"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/port/defaults"
	"portolan/internal/settings"
)

// settle decides what depends on more than one key. set has the keys that were set.
func (c *Config) settle(set map[string]bool) []error {
	problems := slices.Concat(c.settleMode(set), c.settleSchedule(set), c.settleScale(set))
	if len(problems) > 0 {
		return problems
	}
	var environ []string
	for name, value := range c.Environment {
		environ = append(environ, name+"="+value)
	}
	// What only the stack will know, so that the rest can be judged.
	environ = append(environ, "PORTOLAN_STATE=s3://made-by-the-stack/state")
	if c.Storage.PortSecretARN == "" {
		environ = append(environ, "PORT_SECRET_ARN=made-by-the-stack")
	}
	if c.Mode == Organization {
		environ = append(environ, ocean+"ACCOUNT_ROLE_ARN=arn:aws:iam::111122223333:role/made-by-the-stack")
	}
	loaded, err := settings.Load(environ)
	if err != nil {
		return []error{fmt.Errorf("the function would not take its settings: %w", err)}
	}
	if err := defaults.Check(loaded.Integration.InitialKinds, readable); err != nil {
		return []error{fmt.Errorf("initialKinds: %w", err)}
	}
	if c.Storage.PortSecretARN == "" {
		loaded.Port.SecretARN = ""
	}
	if c.Mode == Organization {
		loaded.AWS.RoleARN = ""
	}
	loaded.State.Place = ""
	c.Settings = loaded
	if loaded.AWS.OUs != nil {
		c.Members.Targets = loaded.AWS.OUs
	}
	if c.Schedule.Expression == "" {
		c.Schedule.Expression = Rate(loaded.Schedule.Interval)
	}
	return slices.Concat(c.settleRoles(), c.settleEvents(set), c.judgeSizes())
}

// readable says whether a kind can be read in any way.
func readable(kind string) bool {
	k, _ := cloudcontrol.Resolve(kind)
	return k != nil
}

// Rate returns the expression of EventBridge Scheduler for an interval of whole minutes,
// at least one.
func Rate(interval time.Duration) string {
	if interval == time.Minute {
		return "rate(1 minute)"
	}
	return fmt.Sprintf("rate(%d minutes)", int(interval.Minutes()))
}

func (c *Config) settleSchedule(set map[string]bool) []error {
	if set["scheduleExpression"] && !set["scheduledResyncInterval"] {
		return []error{errors.New("scheduledResyncInterval is not set, though scheduleExpression is; " +
			"it should hold the longest time between two runs, in minutes, because Port shows it and an alarm uses it")}
	}
	return nil
}

// settleScale finds keys that have no effect in a single invocation, and too few
// executions for the number of batches at a time. There must be one more than that, for a
// plan or a repeated step.
func (c *Config) settleScale(set map[string]bool) []error {
	var problems []error
	if !c.Scale.IsDistributed() {
		c.Scale.Concurrency = 0
		delete(c.Environment, "PORTOLAN_SCALE_CONCURRENCY")
		for _, name := range []string{"scaleConcurrency", "scaleTimeout", "scaleFailureTolerance"} {
			if set[name] {
				problems = append(problems, fmt.Errorf("%s is set, though scale is %s; set scale to %s, or remove it", name, single, Distributed))
			}
		}
		return problems
	}
	if reserved := c.Function.ReservedConcurrency; reserved > 0 && reserved <= c.Scale.Concurrency {
		problems = append(problems, fmt.Errorf("reservedConcurrency is %d, though scaleConcurrency is %d, so that batches would wait for each other; "+
			"it should hold at least %d, or be removed", reserved, c.Scale.Concurrency, c.Scale.Concurrency+1))
	}
	return problems
}

// settleMode finds the mode, and what contradicts it.
func (c *Config) settleMode(set map[string]bool) []error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	modes := map[string]bool{"singleAccount": c.Mode == Single, "accountRoleArn": set["accountRoleArn"], "accountRoleArns": set["accountRoleArns"]}
	chosen := ""
	for _, name := range []string{"singleAccount", "accountRoleArn", "accountRoleArns"} {
		switch {
		case !modes[name]:
		case chosen != "":
			add("%s and %s are both set; keep one of the ways to find the accounts", chosen, name)
		default:
			chosen = name
		}
	}
	switch chosen {
	case "":
		c.Mode = Organization
		c.settleOrganization(set, add)
	case "accountRoleArn":
		c.Mode = Existing
		c.Read.Role = roleOf(c.Environment[ocean+"ACCOUNT_ROLE_ARN"])
	case "accountRoleArns":
		c.Mode = List
	}
	if chosen != "" && c.Members.DelegatedAdmin {
		add("delegatedAdmin is true, though %s is set, with which the stack makes no role in other accounts; remove one of them", chosen)
	}
	if set["ouId"] && (c.Mode == List || c.Mode == Single) {
		add("ouId is set, though %s says which accounts are read; remove one of them", chosen)
	}
	if set["externalId"] && c.Mode == Single {
		add("externalId is set, though no role is entered with singleAccount; remove one of them")
	}
	return problems
}

func (c *Config) settleOrganization(set map[string]bool, add func(string, ...any)) {
	const fix = "run make bootstrap-org once, which writes it into cdk.context.json, " +
		"or set singleAccount to true to read the function's own account only"
	if !set["organizationId"] {
		add("organizationId is not set; " + fix)
	}
	if !set["organizationRootId"] && !set["ouId"] {
		add("organizationRootId is not set, and neither is ouId; " + fix)
	}
}

// settleRoles checks that all that is named lies in one partition: an estate does.
func (c *Config) settleRoles() []error {
	var first string
	for _, arn := range append([]string{c.Storage.PortSecretARN, c.Storage.KMSKeyARN, c.Alarms.TopicARN, c.Settings.AWS.RoleARN}, c.Settings.AWS.RoleARNs...) {
		switch {
		case arn == "":
		case first == "":
			first = arn
		case awsname.ARNPartition(arn) != awsname.ARNPartition(first):
			return []error{fmt.Errorf("%s and %s are in two partitions of AWS; an installation is in one", first, arn)}
		}
	}
	return nil
}

// settleEvents finds keys that have no effect without events, where events cannot come from, and
// too few executions for the batches.
func (c *Config) settleEvents(set map[string]bool) []error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if !c.Events.Enabled {
		for _, row := range table {
			if strings.HasPrefix(row.Name, "event") && row.Name != "events" && set[row.Name] {
				add("%s is set, though events is false; set events to true, or remove it", row.Name)
			}
		}
		c.Events = Events{}
		return problems
	}
	if c.Mode == Existing || c.Mode == List {
		add("events is true, though the accounts are read through existing roles, so that the stack makes no rules there; " +
			"set events to false, or let the stack make the roles")
	}
	if c.Events.Regions == nil {
		c.Events.Regions = c.Settings.AWS.Regions
	}
	if len(c.Events.Regions) == 0 {
		add("events is true, though neither eventRegions nor regions is set; eventRegions should hold the regions whose events come")
	}
	if reserved, least := c.Function.ReservedConcurrency, c.Events.Concurrency+c.Scale.Concurrency+1; reserved > 0 && reserved < least {
		add("reservedConcurrency is %d, though batches of events and a run need %d executions at a time; it should hold at least that, or be removed", reserved, least)
	}
	return problems
}
