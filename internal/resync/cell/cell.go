// Package cell names the unit of reading, failing, reporting and deleting: a kind of
// resource in a region of an account.
//
// It decides only how a text names a cell. Package outcome knows what became of a cell,
// and the run decides which cells there are.
package cell

import (
	"cmp"
	"fmt"
	"strings"
)

// Account is the id of an AWS account, twelve digits. It is empty for what is read once in
// an Organization.
type Account string

// Region is the name of an AWS region. It is empty for what is read once in an account.
type Region string

// Kind is a resource type of the mapping, "AWS::S3::Bucket".
type Kind string

// Organization stands for the empty account where a name is needed: in the state's files
// and in Port.
const Organization = "organization"

// AccountOf returns the account that a key names.
func AccountOf(key string) Account {
	if key == Organization {
		return ""
	}
	return Account(key)
}

// Name names a cell, wherever it is read.
type Name struct {
	Account Account
	Region  Region
	Kind    Kind
}

// Coverage is a kind in an account: what the cells of all its regions have in common. The
// account is the one that was asked, also for what is read once in an Organization.
type Coverage struct {
	Account Account
	Kind    Kind
}

// Key is the name of the cell's account, also where that is empty.
func (n Name) Key() string { return cmp.Or(string(n.Account), Organization) }

// Compare orders cells by account, kind and region.
func (n Name) Compare(other Name) int {
	return cmp.Or(cmp.Compare(n.Account, other.Account), cmp.Compare(n.Kind, other.Kind), cmp.Compare(n.Region, other.Region))
}

// Place says for people where the cell is. It follows a word.
func (n Name) Place() string {
	switch {
	case n.Account == "":
		return "in the Organization"
	case n.Region == "":
		return "in account " + string(n.Account)
	}
	return "in account " + string(n.Account) + ", " + string(n.Region)
}

// MarshalText writes the name so that it can be the key of a JSON object.
func (n Name) MarshalText() ([]byte, error) {
	return []byte(string(n.Account) + " " + string(n.Region) + " " + string(n.Kind)), nil
}

// UnmarshalText reads what MarshalText wrote.
func (n *Name) UnmarshalText(text []byte) error {
	words := strings.Split(string(text), " ")
	if len(words) != 3 {
		return fmt.Errorf("%q does not name an account, a region and a kind", text)
	}
	*n = Name{Account(words[0]), Region(words[1]), Kind(words[2])}
	return nil
}

// MarshalText writes the coverage so that it can be the key of a JSON object.
func (c Coverage) MarshalText() ([]byte, error) {
	return []byte(string(c.Account) + " " + string(c.Kind)), nil
}

// UnmarshalText reads what MarshalText wrote.
func (c *Coverage) UnmarshalText(text []byte) error {
	account, kind, found := strings.Cut(string(text), " ")
	if !found {
		return fmt.Errorf("%q does not name an account and a kind", text)
	}
	*c = Coverage{Account(account), Kind(kind)}
	return nil
}
