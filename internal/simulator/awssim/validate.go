package awssim

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	accountIDForm = regexp.MustCompile(`^[0-9]{12}$`)
	orgIDForm     = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	rootIDForm    = regexp.MustCompile(`^r-[a-z0-9]{4,32}$`)
	unitIDForm    = regexp.MustCompile(`^ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}$`)
	roleNameForm  = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	pathForm      = regexp.MustCompile(`^/([!-~]+/)*$`)
	keyIDForm     = regexp.MustCompile(`^AKIA[A-Z0-9]{12,28}$`)
	actionForm    = regexp.MustCompile(`^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$`)
)

const uuidForm = `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`

var accountStates = []string{
	"", AccountActive, AccountPendingActivation, AccountSuspended, AccountPendingClosure, AccountClosed,
}

// Validate reports everything about the estate that AWS would not allow, one
// error for each problem.
func (e Estate) Validate() error {
	v := &inspector{partition: e.partition(), keys: map[string]bool{}, buckets: map[string]bool{}}
	if standing[v.partition] == nil {
		v.problem("partition %q is unknown; it is aws, aws-cn or aws-us-gov", v.partition)
		return errors.Join(v.problems...)
	}
	seen, management := map[string]bool{}, 0
	for i := range e.Accounts {
		account := &e.Accounts[i]
		if seen[account.ID] {
			v.problem("account %s is there twice", account.ID)
		}
		seen[account.ID] = true
		if account.Management {
			management++
		}
		v.account(account)
	}
	if e.Organization != nil {
		if management != 1 {
			v.problem("an organization has one management account, not %d", management)
		}
		v.organization(e.Organization, seen)
	}
	for _, policy := range e.Policies {
		v.actions(policy.Deny, "policy "+policy.Name)
		v.regions(slices.Concat(policy.Regions, policy.ExceptRegions), "policy "+policy.Name)
	}
	return errors.Join(v.problems...)
}

func (e Estate) partition() string {
	if e.Partition == "" {
		return PartitionAWS
	}
	return e.Partition
}

// inspector collects what is wrong with an estate.
type inspector struct {
	partition     string
	keys, buckets map[string]bool
	problems      []error
}

func (v *inspector) problem(format string, args ...any) {
	v.problems = append(v.problems, fmt.Errorf("estate: "+format, args...))
}

func (v *inspector) organization(o *Organization, accounts map[string]bool) {
	if o.ID != "" && !orgIDForm.MatchString(o.ID) {
		v.problem("organization id %q does not look like o-a1b2c3d4e5", o.ID)
	}
	if o.RootID != "" && !rootIDForm.MatchString(o.RootID) {
		v.problem("root id %q does not look like r-a1b2", o.RootID)
	}
	for _, unit := range o.Units {
		if unit.ID != "" && !unitIDForm.MatchString(unit.ID) {
			v.problem("unit id %q does not look like ou-a1b2-c3d4e5f6", unit.ID)
		}
		v.unitPath(unit.Path, "a unit")
	}
	for _, id := range o.DelegatedAdministrators {
		if !accounts[id] {
			v.problem("delegated administrator %s is not an account of the estate", id)
		}
	}
}

func (v *inspector) unitPath(path, where string) {
	if slices.Contains(strings.Split(path, "/"), "") {
		v.problem("%s has OU path %q; write names joined by slashes, as Workloads/Production", where, path)
	}
}

func (v *inspector) account(a *Account) {
	where := "account " + a.ID
	if !accountIDForm.MatchString(a.ID) {
		v.problem("account id %q is not twelve digits", a.ID)
	}
	if a.Name == "" {
		v.problem("%s has no name", where)
	}
	if !slices.Contains(accountStates, a.State) {
		v.problem("%s has state %q; it is ACTIVE, PENDING_ACTIVATION, SUSPENDED, PENDING_CLOSURE or CLOSED", where, a.State)
	}
	if a.OU != "" {
		v.unitPath(a.OU, where)
	}
	for region := range a.Regions {
		v.regions([]string{region}, where)
	}
	v.identities(a, where)
	v.contents(a, where)
}

func (v *inspector) identities(a *Account, where string) {
	names := map[string]bool{}
	for _, role := range a.Roles {
		if !roleNameForm.MatchString(role.Name) || names[role.Name] {
			v.problem("%s: role name %q is ill-formed or there twice", where, role.Name)
		}
		names[role.Name] = true
		if role.Path != "" && !pathForm.MatchString(role.Path) {
			v.problem("%s: role %s has path %q, which does not start and end with a slash", where, role.Name, role.Path)
		}
		if role.MaxSession != 0 && (role.MaxSession < 3600 || role.MaxSession > 43200) {
			v.problem("%s: role %s has a longest session of %d s, not 3600 to 43200", where, role.Name, role.MaxSession)
		}
		for _, trusted := range role.WebIdentities {
			if !slices.Contains(a.Issuers, trusted.Issuer) || trusted.Subject == "" {
				v.problem("%s: role %s trusts %q of %q, which is not an issuer of the account", where, role.Name, trusted.Subject, trusted.Issuer)
			}
		}
		v.actions(slices.Concat(role.Allow, role.Deny), where+", role "+role.Name)
	}
	for _, user := range a.Users {
		if !keyIDForm.MatchString(user.AccessKeyID) || v.keys[user.AccessKeyID] || user.SecretAccessKey == "" {
			v.problem("%s: user %s needs an access key of its own: an id that starts with AKIA and a secret", where, user.Name)
		}
		v.keys[user.AccessKeyID] = true
		v.actions(slices.Concat(user.Allow, user.Deny), where+", user "+user.Name)
	}
}

func (v *inspector) contents(a *Account, where string) {
	for _, secret := range a.Secrets {
		v.regions([]string{secret.Region}, where+", secret "+secret.Name)
	}
	for _, population := range a.Populations {
		if kindNamed(population.Kind) == nil || population.Count < 0 {
			v.problem("%s: a population of %d %q cannot be made", where, population.Count, population.Kind)
		}
		v.regions(population.Regions, where)
		if home := homeOf(population.Kind, v.partition); home != "" && !slices.Equal(population.Regions, []string{home}) {
			v.problem("%s: a population of %s lies in %s, as all resources of a global type, not in %q", where, population.Kind, home, population.Regions)
		}
	}
	named := map[[3]string]bool{}
	for _, resource := range a.Resources {
		if err := checkResource(v.partition, resource); err != nil {
			v.problem("%s: %w", where, err)
		}
		key := [3]string{resource.Kind, resource.Region, resource.ID}
		if named[key] || resource.Kind == Bucket && v.buckets[resource.ID] {
			v.problem("%s: %s %s is there twice", where, resource.Kind, resource.ID)
		}
		named[key] = true
		if resource.Kind == Bucket {
			v.buckets[resource.ID] = true
		}
	}
}

func (v *inspector) regions(names []string, where string) {
	for _, name := range names {
		if regionState(v.partition, name, nil) == "" {
			v.problem("%s: partition %s has no region %q", where, v.partition, name)
		}
	}
}

func (v *inspector) actions(actions []string, where string) {
	for _, action := range actions {
		if !actionForm.MatchString(action) {
			v.problem("%s: action %q does not look like ec2:Describe*", where, action)
		}
	}
}

func checkResource(partition string, r Resource) error {
	k := kindNamed(r.Kind)
	if k == nil {
		return fmt.Errorf("kind %q is not simulated; choose among %s, and the types of Cloud Control", r.Kind, strings.Join(Kinds(), ", "))
	}
	if !k.form.MatchString(r.ID) {
		return fmt.Errorf("%s cannot be named %q", r.Kind, r.ID)
	}
	if regionState(partition, r.Region, nil) == "" {
		return fmt.Errorf("%s %s lies in region %q, which partition %s does not have", r.Kind, r.ID, r.Region, partition)
	}
	if t := registry()[r.Kind]; t != nil {
		return t.check(partition, &r)
	}
	return nil
}

// homeOf is the region in which the resources of a kind lie if it is global, else empty.
func homeOf(kind, partition string) string {
	if t := registry()[kind]; t != nil {
		return t.home(partition)
	}
	return ""
}
