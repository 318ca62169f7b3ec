package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a build machine may have no time zones of its own

	"portolan/internal/aws/awsname"
	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/nearest"
	"portolan/internal/settings"
)

type duration = time.Duration

var (
	// https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
	organizationID = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
	roleName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	rolePath = regexp.MustCompile(`^/([\w+=,.@-]+/){0,8}$`)
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
	cronExpression = regexp.MustCompile(`^cron\([^\s()]+( [^\s()]+){5}\)$`)
	stackName      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)
	email          = regexp.MustCompile(`^[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+$`)
	topicARN       = regexp.MustCompile(`^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[\w-]{1,256}$`)
	keyARN         = regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[\w-]+$`)
	// An ARN without the six characters at its end names no one secret in a policy:
	// https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
	secretARN = regexp.MustCompile(`^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$`)
)

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// form is what a value has to look like.
type form struct {
	// parse parses a value into its field. Its error completes the sentence "it should hold …".
	parse func(c *Config, text string) error
	// keywords are what JSON Schema says of the value, besides its type.
	keywords keywords
}

// by is the form of what a function parses; nil leaves that to the key's variable.
func by(parse func(*Config, string) error, of keywords) *form { return &form{parse, of} }

// take takes a value into the row's field and variable.
func (row Key) take(c *Config, text string) error {
	if row.Env != "" {
		if err := settings.Check(row.Env, text); err != nil {
			return err
		}
		c.Environment[row.Env] = text
	}
	if row.form == nil || row.form.parse == nil {
		return nil
	}
	return row.form.parse(c, text)
}

func match(looks *regexp.Regexp, want string, field func(*Config) *string) *form {
	return by(func(c *Config, text string) error {
		if !looks.MatchString(text) {
			return errors.New(want)
		}
		*field(c) = text
		return nil
	}, pattern(looks))
}

func oneOf(values []string, field func(*Config) *string) *form {
	return by(func(c *Config, text string) error {
		if !slices.Contains(values, text) {
			return fmt.Errorf("%s%s", strings.Join(values, " or "), nearest.Hint(text, values))
		}
		*field(c) = text
		return nil
	}, choice(values...))
}

func flag(field func(*Config) *bool) *form {
	return by(func(c *Config, text string) error {
		if text != "true" && text != "false" {
			return errors.New("true or false")
		}
		*field(c) = text == "true"
		return nil
	}, truth)
}

func number(least, most int, field func(*Config) *int) *form {
	return by(func(c *Config, text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			return fmt.Errorf("a whole number from %d to %d", least, most)
		}
		*field(c) = n
		return nil
	}, keywords{"minimum": least, "maximum": most})
}

func minutes(most int, field func(*Config) *duration) *form {
	return span(0, most, time.Minute, field)
}

func seconds(least, most int, field func(*Config) *duration) *form {
	return span(least, most, time.Second, field)
}

func hours(least, most int, field func(*Config) *duration) *form {
	return span(least, most, time.Hour, field)
}

func span(least, most int, unit duration, field func(*Config) *duration) *form {
	return by(func(c *Config, text string) error {
		var n int
		if err := number(least, most, func(*Config) *int { return &n }).parse(c, text); err != nil {
			return err
		}
		*field(c) = time.Duration(n) * unit
		return nil
	}, keywords{"minimum": least, "maximum": most})
}

func setSingle(c *Config, text string) error {
	var single bool
	err := flag(func(*Config) *bool { return &single }).parse(c, text)
	if single {
		c.Mode = Single
	}
	return err
}

func setRoot(c *Config, text string) error {
	if !awsname.IsOrganizationalUnit(text) || !strings.HasPrefix(text, "r-") {
		return errors.New("the id of an Organization's root, such as r-ab12")
	}
	c.Members.Targets = []string{text}
	return nil
}

func setPortSecret(c *Config, text string) error {
	if !secretARN.MatchString(text) {
		return errors.New("a secret's complete ARN, with the dash and six characters at its end")
	}
	c.Storage.PortSecretARN = text
	return nil
}

// setInterval refuses 0, which the function takes for "none".
func setInterval(_ *Config, text string) error {
	if strings.Trim(text, "0") == "" {
		return errors.New("whole minutes, at least 1; to have no schedule, set scheduleEnabled to false")
	}
	return nil
}

func setTimezone(c *Config, text string) error {
	if _, err := time.LoadLocation(text); err != nil || text == "Local" {
		return errors.New("a time zone of the IANA's database, such as Europe/Berlin")
	}
	c.Schedule.Timezone = text
	return nil
}

func setRetention(c *Config, text string) error {
	days, err := strconv.Atoi(text)
	if err != nil || !slices.Contains(retentions, days) {
		return fmt.Errorf("one of the days that CloudWatch Logs knows: %s",
			strings.Trim(strings.Join(strings.Fields(fmt.Sprint(retentions)), ", "), "[]"))
	}
	c.Function.LogRetentionDays = days
	return nil
}

// list returns the names of a list: as JSON, or with commas or blanks between them.
func list(text string) ([]string, error) {
	var names []string
	if json.Unmarshal([]byte(text), &names) != nil {
		names = []string{text}
	}
	names = cloudcontrol.Words(names...)
	if len(names) == 0 {
		return nil, errors.New("at least one name, or be left out")
	}
	return names, nil
}

func setEventRegions(c *Config, text string) error {
	names, err := list(text)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !awsname.IsRegion(name) {
			hint := ""
			if near := awsname.NearestRegion(name, awsname.Regions("")); near != "" {
				hint = fmt.Sprintf("; did you mean %q?", near)
			}
			return fmt.Errorf("regions, such as eu-west-1,us-east-1; %q is none%s", name, hint)
		}
		if !slices.Contains(c.Events.Regions, name) {
			c.Events.Regions = append(c.Events.Regions, name)
		}
	}
	return nil
}
