package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"portolan/internal/aws/awsname"
	"portolan/internal/nearest"
	"portolan/internal/secret"
)

func secretField(field func(*Settings) *secret.Text) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		*field(s) = secret.Text(text)
		return nil
	}
}

func boolField(field func(*Settings) *bool) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		switch strings.ToLower(text) {
		case "true", "t", "yes", "y", "on", "1":
			*field(s) = true
		case "false", "f", "no", "n", "off", "0":
			*field(s) = false
		default:
			return errors.New("true or false")
		}
		return nil
	}
}

// portName matches what can be part of an owner's datasource, whose parts slashes separate, and of
// a URL.
var portName = regexp.MustCompile(`^[A-Za-z0-9@_.+:=-]{1,200}$`)

func nameField(field func(*Settings) *string) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		if !portName.MatchString(text) {
			return errors.New("letters, digits and any of @ _ . + : = -, without slashes")
		}
		*field(s) = text
		return nil
	}
}

// oceanType is the type of Ocean's integration.
const oceanType = "aws-v3"

func setType(s *Settings, text string) error {
	text = strings.ToLower(text)
	if _, near := nearest.Name(text, []string{oceanType}); near && text != oceanType {
		s.warn(fmt.Sprintf("OCEAN__INTEGRATION__TYPE holds %q, which is nearly %s; another type is another owner of the entities in Port", text, oceanType))
	}
	return nameField(func(s *Settings) *string { return &s.Integration.Type })(s, text)
}

func setBaseURL(s *Settings, text string) (err error) {
	s.Port.BaseURL, err = PortURL(text)
	return err
}

// PortURL returns the URL of Port's API as Settings holds it. Its error completes the sentence "it
// should be …".
func PortURL(text string) (string, error) {
	text = strings.TrimRight(text, "/")
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Hostname() == "", u.User != nil, strings.ContainsAny(text, "?#"):
		return "", errors.New("a URL such as https://api.getport.io or https://api.us.getport.io")
	case u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())):
		return "", errors.New("a URL that begins with https://, because credentials are sent there")
	case strings.HasSuffix(u.Path, "/v1"):
		return "", errors.New("the URL without /v1")
	}
	return text, nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.IsLoopback()
}

func setPortSecret(s *Settings, text string) error {
	if !awsname.IsSecret(text) {
		return errors.New("the ARN or the name of a secret in Secrets Manager")
	}
	s.Port.SecretARN = text
	return nil
}

func setRole(s *Settings, text string) error {
	if !awsname.IsRoleARN(text) {
		return errors.New("a role's ARN, such as arn:aws:iam::111122223333:role/PortOceanReadRole")
	}
	s.AWS.RoleARN = text
	return nil
}

func setRoles(s *Settings, text string) (err error) {
	s.AWS.RoleARNs, err = list(text, awsname.IsRoleARN,
		`a JSON array of role ARNs, such as ["arn:aws:iam::111122223333:role/PortOceanReadRole"]`)
	return err
}

func setOUs(s *Settings, text string) (err error) {
	s.AWS.OUs, err = list(text, awsname.IsOrganizationalUnit,
		"ids of organizational units or roots, such as ou-ab12-cdefghij,r-ab12")
	return err
}

func setRegions(s *Settings, text string) (err error) {
	s.AWS.Regions, err = list(text, awsname.IsRegion, "region names, such as eu-west-1,us-east-1")
	if wrong := (*itemError)(nil); errors.As(err, &wrong) {
		if near := awsname.NearestRegion(wrong.text, awsname.Regions("")); near != "" {
			return fmt.Errorf("%w; did you mean %q?", err, near)
		}
	}
	return err
}

// itemError says which item of a list is malformed.
type itemError struct {
	want string
	item int // counted from 1
	text string
}

func (e *itemError) Error() string { return fmt.Sprintf("%s; item %d is not one", e.want, e.item) }

func setExcluded(s *Settings, text string) (err error) {
	s.AWS.ExcludedAccounts, err = list(text, awsname.IsAccountID,
		"account ids of twelve digits, such as 111122223333,444455556666")
	return err
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
var externalID = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)

func setExternalID(s *Settings, text string) error {
	if !externalID.MatchString(text) || len(text) > 1224 {
		return errors.New("2 to 1224 letters, digits and any of _ + = , . @ : / -")
	}
	s.AWS.ExternalID = secret.Text(text)
	return nil
}

func setPartition(s *Settings, text string) error {
	if !awsname.IsPartition(text) {
		return fmt.Errorf("a partition of AWS, such as aws, aws-us-gov or aws-cn%s",
			nearest.Hint(text, awsname.Partitions()))
	}
	s.AWS.Partition = text
	return nil
}

func setOrigin(s *Settings, text string) error {
	switch strings.ToLower(text) {
	case "empty":
		s.Integration.StartEmpty = true
	case "default", "ocean", "port":
	default:
		return errors.New("Default, Empty or Port")
	}
	return nil
}

// kindOrGroup matches the name of a kind and that of a group of kinds. Which there are is not
// for the settings to know.
var kindOrGroup = regexp.MustCompile(`^([a-z]{2,32}|[A-Za-z0-9]{2,64}(::[A-Za-z0-9]{2,64}){2})$`)

func setInitialKinds(s *Settings, text string) (err error) {
	s.Integration.InitialKinds, err = list(text, kindOrGroup.MatchString, "groups and kinds, such as ocean,network,AWS::IAM::Role")
	return err
}

func setInterval(s *Settings, text string) error {
	const year = 366 * 24 * 60
	minutes, err := strconv.Atoi(text)
	if err != nil || minutes < 0 || minutes > year {
		return errors.New("whole minutes, such as 1440")
	}
	s.Schedule.Interval = time.Duration(minutes) * time.Minute
	return nil
}

// daysField takes whole days, or 0 for no limit.
func daysField(field func(*Settings) *time.Duration, example string) func(*Settings, string) error {
	const century = 36525
	return func(s *Settings, text string) error {
		days, err := strconv.Atoi(text)
		if err != nil || days < 0 || days > century {
			return errors.New("whole days, such as " + example + ", or 0")
		}
		*field(s) = time.Duration(days) * 24 * time.Hour
		return nil
	}
}

func setDeleteCount(s *Settings, text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return errors.New("a whole number, such as 500, or 0")
	}
	s.Deletes.Count = n
	return nil
}

func setDeleteShare(s *Settings, text string) error {
	share, err := strconv.ParseFloat(text, 64)
	if err != nil || !(share >= 0 && share <= 1) {
		return errors.New("a number from 0 to 1, such as 0.5")
	}
	s.Deletes.Share = share
	return nil
}

func setDeleteAfter(s *Settings, text string) error {
	const most = 100
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return fmt.Errorf("a whole number from 1 to %d", most)
	}
	s.Deletes.After = n
	return nil
}

// maxScaleConcurrency is the number of executions that Lambda runs at a time unless it
// was raised: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxScaleConcurrency = 1000

func setScaleConcurrency(s *Settings, text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxScaleConcurrency {
		return fmt.Errorf("a number from 1 to %d", maxScaleConcurrency)
	}
	s.ScaleConcurrency = n
	return nil
}

func setOlder(s *Settings, text string) error {
	if text != "keep" && text != "delete" {
		return errors.New("keep or delete")
	}
	s.History.DeleteOlder = text == "delete"
	return nil
}

func setState(s *Settings, text string) error {
	_, _, isS3 := awsname.SplitS3URL(text)
	if !isS3 && strings.Contains(text, ":/") {
		return errors.New("s3://bucket/prefix, the prefix of letters, digits, dots, dashes and underscores, or the path of a folder")
	}
	s.State.Place = strings.TrimRight(text, "/")
	if s.State.Place == "" {
		return errors.New("a folder below the root")
	}
	return nil
}

// replaced are Ocean's listeners that learn of requests for a resync in another way than POLLING.
// KAFKA is the default of Port's Helm chart.
// https://ocean.getport.io/framework/features/event-listener/
var replaced = []string{"KAFKA", "WEBHOOK"}

// others are Ocean's listeners that never resync. Its chart starts them beside the process that
// does; here they would be a second process that resyncs.
var others = []string{"WEBHOOKS_ONLY", "ACTIONS_ONLY"}

func setListener(s *Settings, text string) error {
	switch listener := strings.ToUpper(text); {
	case s.InLambda, listener == "ONCE":
		s.Schedule.Listener = "ONCE"
	case listener == "POLLING":
		s.Schedule.Listener = listener
	case slices.Contains(replaced, listener):
		s.Schedule.Listener, s.Schedule.Replaced = "POLLING", listener
	case slices.Contains(others, listener):
		return errors.New("ONCE or POLLING; a process that takes live events or runs actions has no counterpart here: " +
			"switch it off (the chart's liveEvents.worker.enabled, actionsProcessor.worker.enabled)")
	default:
		return fmt.Errorf("ONCE, which resyncs and ends, or POLLING, which stays and asks Port every minute whether a resync is wanted%s",
			nearest.Hint(listener, []string{"ONCE", "POLLING"}))
	}
	return nil
}

func setPollInterval(s *Settings, text string) error {
	const least, most = 1, 24 * 60 * 60
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds >= least && seconds <= most) {
		return errors.New("seconds from 1 to 86400, such as 60")
	}
	s.Schedule.PollInterval = time.Duration(seconds * float64(time.Second))
	return nil
}

// queuePath matches the path of a queue's URL.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
var queuePath = regexp.MustCompile(`^/[0-9]{12}/[A-Za-z0-9_-]{1,80}$`)

func setEventsQueue(s *Settings, text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !queuePath.MatchString(u.Path) ||
		u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return errors.New("the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/events")
	}
	s.Schedule.Events.Queue = text
	return nil
}

// secondsField takes whole seconds, as many as a queue holds a message back.
func secondsField(field func(*Settings) *time.Duration, example string) func(*Settings, string) error {
	const most = 900
	return func(s *Settings, text string) error {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 0 || seconds > most {
			return fmt.Errorf("whole seconds from 0 to %d, such as %s", most, example)
		}
		*field(s) = time.Duration(seconds) * time.Second
		return nil
	}
}

func setProbePort(s *Settings, text string) error {
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return errors.New("a TCP port, such as 8000, or 0")
	}
	s.ProbePort = int(port)
	return nil
}

func setLogLevel(s *Settings, text string) error {
	switch strings.ToLower(text) {
	case "debug":
		s.Log.Level = slog.LevelDebug
	case "info":
		s.Log.Level = slog.LevelInfo
	case "warn", "warning":
		s.Log.Level = slog.LevelWarn
	case "error":
		s.Log.Level = slog.LevelError
	default:
		return errors.New("debug, info, warn or error")
	}
	return nil
}

func setLogFormat(s *Settings, text string) error {
	if text != "json" && text != "text" {
		return errors.New("json or text")
	}
	s.Log.Format = text
	return nil
}

// list reads a JSON array of texts, or texts separated by commas, without repetitions. want
// describes the list for the error.
func list(text string, valid func(string) bool, want string) ([]string, error) {
	var items []string
	if strings.HasPrefix(text, "[") {
		if json.Unmarshal([]byte(text), &items) != nil {
			return nil, errors.New(want)
		}
	} else {
		items = strings.Split(text, ",")
	}
	var clean []string
	for i, item := range items {
		item = strings.TrimSpace(item)
		if item == "" && len(items) > 1 {
			continue
		}
		if !valid(item) {
			return nil, &itemError{want, i + 1, item}
		}
		if !slices.Contains(clean, item) {
			clean = append(clean, item)
		}
	}
	return clean, nil
}
