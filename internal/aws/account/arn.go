package account

import (
	"fmt"
	"strings"

	"portolan/internal/aws/awsname"
)

// role is an IAM role's ARN, taken apart. Path has a slash on both ends, "/" if
// the role has none.
type role struct {
	Partition, Account, Path, Name string
}

func parseRole(arn string) (role, error) {
	if !awsname.IsRoleARN(arn) {
		return role{}, fmt.Errorf("%q is not the ARN of a role: write it as arn:aws:iam::111122223333:role/Name", arn)
	}
	parts := strings.SplitN(arn, ":", 6)
	path := strings.TrimPrefix(parts[5], "role")
	name := strings.LastIndexByte(path, '/') + 1
	return role{Partition: parts[1], Account: parts[4], Path: path[:name], Name: path[name:]}, nil
}

// String returns the ARN back.
func (r role) String() string {
	return "arn:" + r.Partition + ":iam::" + r.Account + ":role" + r.Path + r.Name
}

// in returns the role of the same path and name in another account.
func (r role) in(account string) role {
	r.Account = account
	return r
}

// principal is who calls: an ARN that sts:GetCallerIdentity answered. The zero
// value is a caller that could not be learnt.
type principal struct {
	Partition, Account string
	Role               string // the name, for a session of a role
	ARN                string // as a trust policy names it
}

// parsePrincipal reads a caller's ARN. The ARN of a role's session becomes that
// of the role, for this is what a trust policy can name; the role's path is lost
// on the way, AWS does not tell it.
func parsePrincipal(arn string) (principal, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || !awsname.IsPartition(parts[1]) || !awsname.IsAccountID(parts[4]) {
		return principal{}, fmt.Errorf("%q is not the ARN of a caller", arn)
	}
	p := principal{Partition: parts[1], Account: parts[4], ARN: arn}
	if session, isRole := strings.CutPrefix(parts[5], "assumed-role/"); isRole && parts[2] == "sts" {
		p.Role, _, _ = strings.Cut(session, "/")
		p.ARN = role{Partition: p.Partition, Account: p.Account, Path: "/", Name: p.Role}.String()
	}
	return p, nil
}

// is says whether the caller runs under the role. A role's name is unique in its
// account whatever its path.
func (p principal) is(r role) bool {
	return p.Role != "" && p.Role == r.Name && p.Account == r.Account && p.Partition == r.Partition
}
