// Package account decides which AWS accounts and regions a run reads, and with
// which credentials.
//
// There are three ways to know the accounts. With a role in an Organization's
// management account (or in a delegated administrator), the Organization says
// which accounts there are, and each is entered through a role of the same path
// and name. With a list of roles, each role names its account. With neither, it
// is the account of the base identity, which is what the SDK's default chain or
// static keys give.
//
// The package keeps apart what must never look alike. A listing that AWS denied
// is not a small Organization: it falls back to the one account that can be
// read, says so in a diagnostic, and is not complete, so that nobody takes the other
// accounts for gone. A listing that failed in any other way, on its first page or
// on a later one, is an error and yields no accounts at all. An account that is
// suspended, closed or excluded is named with the reason.
//
// Every account has one source of credentials, shared by all clients of that
// account and renewed before it ends, so that a run may outlive any session. A
// role that the base identity runs under already is not assumed again: AWS
// denies that to most roles. Whoever cannot be entered gets an *EnterError, which
// tells the causes apart as far as AWS's answer does and gives the statement that
// fixes them. No error, notice or log line holds a credential or the external id.
//
// The package starts no goroutine, keeps nothing between runs, does not decide
// how many accounts are entered at once, and applies no filter of regions: those
// are the caller's.
package account
