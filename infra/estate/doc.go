// Package estate says what an installation of Portolan is made of in AWS: one
// CloudFormation stack with the function, its schedules, the state, the secret, the
// alarms, the dashboard, the role that reads each account, and in distributed mode the
// state machine.
//
// It decides who may do what. The function may enter the read roles and nothing
// else in other accounts; a read role may be entered by that one function only,
// from the one Organization, with an external id that is the stack's own; and it
// may do what the kinds declare. Whatever starts a run may start that one and nothing
// else. What is kept is encrypted, and reached by TLS alone. The package grants no
// write beyond state, log, queue and trace, attaches no AWS managed policy unless it is
// asked for ReadOnlyAccess, runs no code of its own while it is deployed (no custom
// resources), and puts no secret into the template: the secret that it makes is empty.
//
// What may be chosen, package config has judged already.
package estate
