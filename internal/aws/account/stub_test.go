package account_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

const (
	managementID = "111111111111"
	memberID     = "222222222222"
	otherID      = "333333333333"
	toolingID    = "999999999999"

	baseKey    = "AKIABASE"
	baseCaller = "arn:aws:sts::999999999999:assumed-role/Portolan/session"
	basePrin   = "arn:aws:iam::999999999999:role/Portolan"
)

func roleIn(account string) string { return "arn:aws:iam::" + account + ":role/read/PortRead" }

// call is one request as the stub understood it.
type call struct {
	Op      string // "sts:AssumeRole"
	Region  string // of the signature's scope; "" if the request is anonymous
	Host    string
	Key     string // access key id
	Form    url.Values
	Body    map[string]any
	Attempt int // which call of this Op it is, from 1
}

// refusal makes the stub answer an error instead.
type refusal struct {
	Status        int
	Code, Message string
	Err           error // of the network, instead of an answer
}

type orgAccount struct {
	Id, Name, Arn string
	State, Status string `json:",omitempty"`
}

// trust is what the stub knows of a role: who may assume it with which id.
type trust struct {
	external string
	oidc     bool // by web identity instead
}

// stub answers as sts, organizations, account and ec2 do, within the process, by
// taking the place of the SDK's HTTP client.
type stub struct {
	caller   string
	roles    map[string]trust
	accounts []orgAccount            // of the whole Organization
	children map[string][]string     // organizational units by parent
	members  map[string][]orgAccount // accounts by parent
	pageSize int
	regions  map[string]string // region -> opt status, for both calls
	names    map[string]string // true account names by account id
	lifetime time.Duration     // of sessions; 0 means as asked for
	refuse   func(call) *refusal

	mu    sync.Mutex
	calls []call
}

func (s *stub) config(region string) aws.Config {
	return aws.Config{
		Region:      region,
		HTTPClient:  s,
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(baseKey, "base-secret", "")),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// Do answers a request.
func (s *stub) Do(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	c, err := s.read(r)
	if err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	if s.refuse != nil {
		if no := s.refuse(c); no != nil {
			if no.Err != nil {
				return nil, no.Err
			}
			answerError(recorder, c, *no)
			return recorder.Result(), nil
		}
	}
	s.answer(recorder, c)
	return recorder.Result(), nil
}

func (s *stub) read(r *http.Request) (call, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return call{}, err
	}
	c := call{Host: r.URL.Host}
	service, _, _ := strings.Cut(r.URL.Host, ".")
	if _, scope, signed := strings.Cut(r.Header.Get("Authorization"), "Credential="); signed {
		scope, _, _ = strings.Cut(scope, ",")
		parts := strings.Split(scope, "/")
		c.Key, c.Region, service = parts[0], parts[2], parts[3]
	}
	var operation string
	switch {
	case r.Header.Get("X-Amz-Target") != "":
		operation = r.Header.Get("X-Amz-Target")[strings.IndexByte(r.Header.Get("X-Amz-Target"), '.')+1:]
		err = json.Unmarshal(body, &c.Body)
	case service == "account":
		operation = map[string]string{"/listRegions": "ListRegions", "/getAccountInformation": "GetAccountInformation"}[r.URL.Path]
		err = json.Unmarshal(body, &c.Body)
	default:
		c.Form, err = url.ParseQuery(string(body))
		operation = c.Form.Get("Action")
	}
	c.Op = service + ":" + operation
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, before := range s.calls {
		if before.Op == c.Op {
			c.Attempt++
		}
	}
	c.Attempt++
	s.calls = append(s.calls, c)
	return c, err
}

func (s *stub) answer(w http.ResponseWriter, c call) {
	switch c.Op {
	case "sts:GetCallerIdentity":
		account := strings.Split(s.caller, ":")[4]
		_, _ = fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>%s</Arn><UserId>AROA:x</UserId><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, s.caller, account)
	case "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity":
		s.assume(w, c)
	case "organizations:ListAccounts":
		s.page(w, c, "Accounts", anys(s.accounts))
	case "organizations:ListAccountsForParent":
		s.page(w, c, "Accounts", anys(s.members[c.Body["ParentId"].(string)]))
	case "organizations:ListOrganizationalUnitsForParent":
		var units []any
		for _, id := range s.children[c.Body["ParentId"].(string)] {
			units = append(units, map[string]string{"Id": id})
		}
		s.page(w, c, "OrganizationalUnits", units)
	case "account:ListRegions":
		var regions []any
		for _, name := range sortedKeys(s.regions) {
			regions = append(regions, map[string]string{"RegionName": name, "RegionOptStatus": s.regions[name]})
		}
		s.page(w, c, "Regions", regions)
	case "account:GetAccountInformation":
		account, _, _ := strings.Cut(strings.TrimPrefix(c.Key, "ASIA"), ".")
		if name := s.names[account]; name != "" {
			_ = json.NewEncoder(w).Encode(map[string]string{"AccountName": name})
			return
		}
		answerError(w, c, refusal{Status: 403, Code: "AccessDeniedException", Message: "no"})
	case "ec2:DescribeRegions":
		_, _ = io.WriteString(w, "<DescribeRegionsResponse><regionInfo>")
		for _, name := range sortedKeys(s.regions) {
			if strings.HasPrefix(s.regions[name], "ENABLED") || c.Form.Get("AllRegions") == "true" {
				_, _ = fmt.Fprintf(w, "<item><regionName>%s</regionName></item>", name)
			}
		}
		_, _ = io.WriteString(w, "</regionInfo></DescribeRegionsResponse>")
	default:
		answerError(w, c, refusal{Status: 400, Code: "UnknownOperation", Message: c.Op})
	}
}

func (s *stub) assume(w http.ResponseWriter, c call) {
	arn := c.Form.Get("RoleArn")
	t, exists := s.roles[arn]
	byToken := c.Op == "sts:AssumeRoleWithWebIdentity"
	if !exists || t.oidc != byToken || t.external != c.Form.Get("ExternalId") {
		answerError(w, c, refusal{Status: 403, Code: "AccessDenied",
			Message: "User: " + s.caller + " is not authorized to perform: " + c.Op + " on resource: " + arn})
		return
	}
	lifetime := time.Hour
	if seconds, err := strconv.Atoi(c.Form.Get("DurationSeconds")); err == nil {
		lifetime = time.Duration(seconds) * time.Second
	}
	if s.lifetime != 0 {
		lifetime = s.lifetime
	}
	parts := strings.Split(arn, ":")
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	_, _ = fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult><AssumedRoleUser><Arn>arn:%[2]s:sts::%[3]s:assumed-role/%[4]s/s</Arn></AssumedRoleUser>`+
		`<Credentials><AccessKeyId>ASIA%[3]s.%[5]d</AccessKeyId><SecretAccessKey>session-secret</SecretAccessKey>`+
		`<SessionToken>session-token</SessionToken><Expiration>%[6]s</Expiration></Credentials></%[1]sResult></%[1]sResponse>`,
		strings.TrimPrefix(c.Op, "sts:"), parts[1], parts[4], name, c.Attempt, time.Now().Add(lifetime).UTC().Format(time.RFC3339))
}

func (s *stub) page(w http.ResponseWriter, c call, member string, items []any) {
	start := 0
	if token, ok := c.Body["NextToken"].(string); ok {
		start, _ = strconv.Atoi(token)
	}
	end := len(items)
	body := map[string]any{}
	if s.pageSize > 0 && start+s.pageSize < end {
		end = start + s.pageSize
		body["NextToken"] = strconv.Itoa(end)
	}
	body[member] = append([]any{}, items[start:end]...)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(body)
}

func answerError(w http.ResponseWriter, c call, no refusal) {
	if c.Form == nil {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Header().Set("X-Amzn-Errortype", no.Code)
		w.WriteHeader(no.Status)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": no.Code, "message": no.Message, "Message": no.Message})
		return
	}
	w.WriteHeader(no.Status)
	format := `<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`
	if strings.HasPrefix(c.Op, "ec2:") {
		format = `<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors></Response>`
	}
	_, _ = fmt.Fprintf(w, format, no.Code, no.Message)
}

// made returns the calls of an operation.
func (s *stub) made(op string) []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls []call
	for _, c := range s.calls {
		if c.Op == op {
			calls = append(calls, c)
		}
	}
	return calls
}

func anys[T any](items []T) []any {
	out := make([]any, len(items))
	for i := range items {
		out[i] = items[i]
	}
	return out
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func active(id, name string) orgAccount {
	return orgAccount{Id: id, Name: name, State: "ACTIVE", Arn: "arn:aws:organizations::" + managementID + ":account/o-abc/" + id}
}

// estate is an Organization of a management account and two members, all of
// which trust the base identity.
func estate() *stub {
	return &stub{
		caller: baseCaller,
		roles:  map[string]trust{roleIn(managementID): {}, roleIn(memberID): {}, roleIn(otherID): {}},
		accounts: []orgAccount{
			active(otherID, "shop"), active(memberID, "data"), active(managementID, "root"),
		},
		regions: map[string]string{
			"us-east-1": "ENABLED_BY_DEFAULT", "eu-west-1": "ENABLED_BY_DEFAULT",
			"eu-south-1": "ENABLED", "af-south-1": "DISABLED", "ap-east-1": "ENABLING",
		},
	}
}

// on refuses an operation from its nth call on.
func on(op string, nth int, no refusal) func(call) *refusal {
	return func(c call) *refusal {
		if c.Op == op && c.Attempt >= nth {
			return &no
		}
		return nil
	}
}

func denied(message string) refusal {
	return refusal{Status: 403, Code: "AccessDenied", Message: message}
}

// cleanEnvironment keeps the machine's own AWS settings out of a test.
func cleanEnvironment(t *testing.T) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	none := t.TempDir() + "/none"
	t.Setenv("AWS_CONFIG_FILE", none)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}
