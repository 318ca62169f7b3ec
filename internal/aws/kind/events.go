package kind

import "cmp"

// Events says which events of AWS tell that a cell of a kind may have changed. An event only
// tells where to look. If the zero value is left, the service's calls tell nothing.
type Events struct {
	// From is the service that is called, under its name in CloudTrail's eventSource. If it
	// is empty, the name is that of the kind's service: "sqs.amazonaws.com".
	From string
	// Calls are the operations that matter, under their names in CloudTrail's eventName,
	// separated by white space, and what the service does on its own accord ("RotateKey").
	// What happens often and changes no document is left out.
	//
	//	CreateQueue                              this operation of the service
	//	CreateFunction2*                         every operation whose name begins so
	//	CreateTags/vol-                          only if it names a resource that begins so, or none
	//	account.amazonaws.com:PutAccountName     an operation of another service
	Calls string
	// Sent are the detail-types of the events that the service sends itself, which need no
	// trail: "EC2 Instance State-change Notification".
	Sent []string
	// Writes makes every call of the service count that is not read-only.
	Writes bool
	// Named says that the cell is in the account that an event names, if it names one, and
	// not where the call was made: it is about accounts.
	Named bool
}

// EventSource returns the service whose calls tell of the kind, as CloudTrail names it.
func (k *Kind) EventSource() string { return cmp.Or(k.Events.From, k.Service.Prefix+".amazonaws.com") }
