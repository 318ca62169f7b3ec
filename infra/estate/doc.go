// Package estate says what an installation of Portolan is made of in AWS: one
// CloudFormation stack with the function, its schedules, the state, the secret, the
// alarms, the dashboard, the role that reads each account, and in distributed mode the
// state machine.
//
// It decides who may do what. In other accounts, the function may assume the read roles and
// nothing else. Only that function may assume a read role, from the one Organization, with an
// external id that is the stack's own; and the role may do only what the kinds declare. Whatever
// starts a run may start only that run. All data is encrypted, and accessible only over TLS. The
// package grants no writes except to state, log, queue and trace, attaches no AWS managed policy
// unless the configuration asks for ReadOnlyAccess, runs no code during a deployment (no custom
// resources), and puts no secret into the template: the secret that it creates is empty.
//
// Package config has already validated the choices.
package estate
