package awssim

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var cloudControl = service{
	name: "cloudcontrolapi", wire: &jsonWire{target: "CloudApiService", version: "1.0", space: "com.amazonaws.cloudapiservice#", message: "Message"},
	dialect: jsonDialect.with(func(d *dialect) {
		d.throttled = refuse(429, "ThrottlingException", "Rate exceeded")
		d.badToken = refuse(400, "InvalidRequestException", "The NextToken is not valid (HandlerErrorCode: InvalidRequest)")
	}),
	scope: func(c *call) string {
		return c.server.arn("cloudformation", c.signature.region, c.caller.account, "resource/*")
	},
	// AWS documents no rates. These were seen: sixty lists a minute, some ten reads a second.
	// All types share them.
	limits: []Limit{{Operation: "ListResources", Rate: 1, Burst: 30}, {Operation: "GetResource", Rate: 10, Burst: 30}},
}

func init() {
	cloudControl.serve(
		operation{
			name: "ListResources", action: "cloudformation:ListResources", answer: listResources,
			takes: members{"TypeName": isText, "ResourceModel": isText, "NextToken": isText, "MaxResults": isNumber},
		},
		operation{
			name: "GetResource", action: "cloudformation:GetResource", answer: getResource,
			takes: members{"TypeName": isText, "Identifier": isText},
		},
	)
}

// exceptions are the errors that stand for a handler's error codes, with their status.
// https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_GetResource.html
var exceptions = map[string]refusal{
	"AccessDenied":            refuse(400, "AccessDeniedException", ""),
	"AlreadyExists":           refuse(400, "AlreadyExistsException", ""),
	"GeneralServiceException": refuse(400, "GeneralServiceException", ""),
	"HandlerFailure":          refuse(502, "HandlerFailureException", ""),
	"InternalFailure":         refuse(502, "HandlerInternalFailureException", ""),
	"InvalidCredentials":      refuse(401, "InvalidCredentialsException", ""),
	"InvalidRequest":          refuse(400, "InvalidRequestException", ""),
	"NetworkFailure":          refuse(502, "NetworkFailureException", ""),
	"NotFound":                refuse(404, "ResourceNotFoundException", ""),
	"NotStabilized":           refuse(400, "NotStabilizedException", ""),
	"NotUpdatable":            refuse(400, "NotUpdatableException", ""),
	"ResourceConflict":        refuse(409, "ResourceConflictException", ""),
	"ServiceInternalError":    refuse(502, "ServiceInternalErrorException", ""),
	"ServiceLimitExceeded":    refuse(400, "ServiceLimitExceededException", ""),
	"Throttling":              refuse(429, "ThrottlingException", ""),
}

// handlerFailed is how Cloud Control reports an error of a type's handler.
func (c *call) handlerFailed(code, message string) *refusal {
	token := dieOf("request token", c.id).uuid()
	return exceptions[code].saying("%s Handler returned status FAILED: %s (HandlerErrorCode: %s, RequestToken: %s)",
		c.text("TypeName"), message, code, token)
}

// serviceSaid is a service's message as a handler passes it on.
func (c *call) serviceSaid(message, service string, status int) string {
	return fmt.Sprintf("%s (Service: %s, Status Code: %d, Request ID: %s)", message, service, status, dieOf("service's request", c.id).uuid())
}

// unsupported refuses an action that a type does not have.
func (c *call) unsupported() *refusal {
	action := "READ"
	if c.operation.name == "ListResources" {
		action = "LIST"
	}
	return refuse(405, "UnsupportedActionException", "").saying("Resource type %s does not support %s action", c.text("TypeName"), action)
}

var typeNameForm = regexp.MustCompile(`^[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}$`)

// typeAsked is the type that a call is about.
func (c *call) typeAsked() (*resourceType, error) {
	name := c.text("TypeName")
	c.call.Resource = name
	if _, there := c.input["TypeName"]; !there {
		return nil, c.isMissing("typeName")
	}
	if !typeNameForm.MatchString(name) {
		return nil, c.malformed("typeName", name, typeNameForm.String())
	}
	t := registry()[name]
	if t == nil || !t.registered(c.server.world, c.signature.region) {
		return nil, refuse(404, "TypeNotFoundException", "").saying("The type '%s' cannot be found.", name)
	}
	return t, nil
}

func (c *call) isMissing(member string) *refusal {
	return c.service.dialect.badParameter.saying(
		"1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

// longest checks the length of a text that is given.
func (c *call) longest(member string, most int) error {
	text := c.text(member)
	if _, there := c.input[member]; !there || text != "" && len([]rune(text)) <= most {
		return nil
	}
	bound, length := "less than or equal to", most
	if text == "" {
		bound, length = "greater than or equal to", 1
	}
	return c.service.dialect.badParameter.saying(
		"1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length %s %d", lowerFirst(member), bound, length)
}

// The longest texts that the API takes, and returns.
const (
	longestToken      = 4096
	longestModel      = 262_144
	longestIdentifier = 1024
	longestProperties = 262_144
)

// readOperation matches the operations that a handler needs to be allowed. The others that
// handlers declare are no reads, and reading does without them.
var readOperation = regexp.MustCompile(`(?i)^(Batch|Admin)?(Get|List|Describe|Search|Query|Select)[A-Za-z0-9]*$|^GET$`)

// needed are the actions that a handler needs to be allowed.
func needed(declared []string) []string {
	var actions []string
	for _, action := range declared {
		service, name, _ := strings.Cut(action, ":")
		if readOperation.MatchString(name) && name != "GetCallerIdentity" { // that needs no permission
			actions = append(actions, strings.ToLower(service)+":"+strings.ToUpper(name[:1])+name[1:])
		}
	}
	return actions
}

// ReadActions returns the IAM actions that a caller needs to read a type through Cloud
// Control: the API's, and those of the type's handlers. It is empty for an unknown type.
func ReadActions(name string) []string {
	t := registry()[name]
	if t == nil {
		return nil
	}
	actions := append(needed(slices.Concat(t.listActions, t.readActions)), "cloudformation:ListResources", "cloudformation:GetResource")
	slices.Sort(actions)
	return slices.Compact(actions)
}

// HandlerFailures returns one fault for each sort of error with which a type's handler answers,
// among them those that wrap a denial or a missing resource in a code that says neither.
func HandlerFailures() []Fault {
	var faults []Fault
	for _, f := range [][2]string{
		{"GeneralServiceException", "User is not authorized to perform: the:Action (Service: The, Status Code: 403, Request ID: 1)"},
		{"GeneralServiceException", "Access Denied (Service: S3, Status Code: 403, Request ID: 1)"},
		{"GeneralServiceException", "Forbidden (Service: The, Status Code: 403, Request ID: 1)"},
		{"GeneralServiceException", "The thing does not exist (Service: The, Status Code: 400, Request ID: 1)"},
		{"GeneralServiceException", "Requested resource not found (Service: The, Status Code: 400, Request ID: 1)"},
		{"GeneralServiceException", "The account is not registered for this service (Service: The, Status Code: 400, Request ID: 1)"},
		{"GeneralServiceException", "The service is not available in this region (Service: The, Status Code: 400, Request ID: 1)"},
		{"GeneralServiceException", "The region is an opt-in region that is not enabled (Service: The, Status Code: 400, Request ID: 1)"},
		{"GeneralServiceException", "null (Service: S3, Status Code: 301, Request ID: 1)"},
		{"GeneralServiceException", "Something else went wrong (Service: The, Status Code: 400, Request ID: 1)"},
		{"AccessDenied", "The security token included in the request is invalid (Service: The, Status Code: 403, Request ID: 1)"},
		{"InternalFailure", "Internal Failure"},
		{"HandlerFailure", "The handler did not answer"},
		{"InvalidCredentials", "The security token included in the request is expired"},
		{"InvalidRequest", "The request is not valid (Service: The, Status Code: 400, Request ID: 1)"},
		{"NetworkFailure", "Connection reset"},
		{"NotStabilized", "The resource is being made"},
		{"ResourceConflict", "The resource is being changed"},
		{"ServiceInternalError", "Internal error (Service: The, Status Code: 500, Request ID: 1)"},
		{"ServiceLimitExceeded", "Too many things"},
		{"Throttling", "Rate exceeded (Service: The, Status Code: 400, Request ID: 1)"},
	} {
		faults = append(faults, Fault{Service: cloudControl.name, Effect: HandlerFails, Code: f[0], Message: f[1]})
	}
	return append(faults, Fault{
		Service: cloudControl.name, Effect: Refuse, Code: "PrivateTypeException", Message: "The type is private and could not be called",
	})
}

// handlerDenied refuses a call if the caller may not make those of the type's handler, which
// runs with the caller's permissions.
func (c *call) handlerDenied(declared []string) error {
	for _, action := range needed(declared) {
		v := c.server.judge(&c.caller, action, c.signature.region)
		if v == allowed {
			continue
		}
		service, _, _ := strings.Cut(action, ":")
		message := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: *%s", c.caller.arn, action, v.denial().of(action))
		return c.handlerFailed("AccessDenied", c.serviceSaid(message, service, 403))
	}
	return nil
}

func listResources(c *call) (object, error) {
	t, err := c.typeAsked()
	if err != nil {
		return nil, err
	}
	if err := c.listingChecked(); err != nil {
		return nil, err
	}
	if !t.listable {
		return nil, c.unsupported()
	}
	model, err := c.resourceModel(t)
	if err != nil {
		return nil, err
	}
	if err := c.handlerDenied(t.listActions); err != nil {
		return nil, err
	}
	page := listing{
		of: func(c *call) (source, error) { return c.modelled(t, model) }, items: "ResourceDescriptions",
		size: bounds{usual: t.pageSize()}, token: "NextToken",
	}
	answer, err := page.answer(c)
	if err != nil {
		return nil, err
	}
	return append(object{{"TypeName", t.name}}, answer...), nil
}

// listingChecked checks the members of a listing but its type. MaxResults has no effect.
func (c *call) listingChecked() error {
	if _, err := c.between("MaxResults", c.number("MaxResults"), 1, 100, 100); err != nil {
		return err
	}
	if err := c.longest("NextToken", longestToken); err != nil {
		return err
	}
	return c.longest("ResourceModel", longestModel)
}

// resourceModel is what a listing is told of the resources, checked against what the type's
// handler needs.
func (c *call) resourceModel(t *resourceType) (map[string]string, error) {
	invalid := func(why string) error {
		return exceptions["InvalidRequest"].saying(
			"Missing or invalid ResourceModel property in %s list handler request input.Required property: (%s)", t.name, why)
	}
	var given map[string]any
	if text := c.text("ResourceModel"); text != "" {
		if err := json.Unmarshal([]byte(text), &given); err != nil || given == nil {
			return nil, exceptions["InvalidRequest"].saying("ResourceModel is not an object in JSON")
		}
	}
	known := slices.Concat(append(slices.Clone(t.parents), t.filters)...)
	model := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		text, isText := given[name].(string)
		switch choices := t.schema.Choices[name]; {
		case !slices.Contains(known, name):
			return nil, invalid("#: extraneous key [" + name + "] is not permitted")
		case !isText || text == "":
			return nil, invalid("#/" + name + ": expected type: String")
		case choices != nil && !slices.Contains(choices, text):
			return nil, invalid("#/" + name + ": " + text + " is not a valid enum value")
		case text == "CLOUDFRONT" && c.signature.region != "us-east-1":
			return nil, c.handlerFailed("InvalidRequest", c.serviceSaid("The scope is not valid.", "Wafv2", 400))
		}
		model[name] = text
	}
	if len(t.parents) == 0 || slices.ContainsFunc(t.parents, func(all []string) bool {
		return !slices.ContainsFunc(all, func(name string) bool { return model[name] == "" })
	}) {
		return model, nil
	}
	missing := slices.DeleteFunc(slices.Clone(t.parents[0]), func(name string) bool { return model[name] != "" })
	return nil, invalid("#: required key [" + strings.Join(missing, ", ") + "] not found")
}

// modelled pages through the resources of a type that have the properties of a model.
func (c *call) modelled(t *resourceType, model map[string]string) (source, error) {
	w := c.server.world
	region := t.place(w.partition, c.signature.region)
	of := selection{kind: t.name, keep: func(r *Resource) bool { return r.Attributes[deletedDate] == nil }}
	if t.schema.Owner.Type != "" {
		owner, there := c.named(registry()["AWS::"+t.schema.Owner.Type], model[t.parents[0][0]])
		if !there {
			return nil, c.handlerFailed("NotFound", "Resource of type 'AWS::"+t.schema.Owner.Type+"' with identifier '"+model[t.parents[0][0]]+"' was not found.")
		}
		of.owner = owner.ID
	}
	page := func(from, size int) ([]Resource, int) { return w.list(c.caller.account, region, of, from, size) }
	switch {
	case t.allRegions():
		page = func(from, size int) ([]Resource, int) {
			return w.everywhere(c.caller.account, selection{kind: Bucket}, "", from, size)
		}
	case t.schema.Everywhere != "":
		page = func(from, size int) ([]Resource, int) { return c.everywhereFlagged(t, from, size) }
	}
	all := func(from, size int) ([]any, int) {
		var items []any
		for {
			found, next := page(from, size-len(items))
			for i := range found {
				r := &found[i]
				x := rendering{c, t, r}
				document := x.properties()
				if has(document, model) {
					items = append(items, c.description(x.identifier(document), x.listed(document)))
				}
			}
			if next < 0 || len(items) >= size {
				return items, next
			}
			from = next
		}
	}
	if len(t.parents) > 0 && t.schema.Owner.Type == "" && len(t.schema.Choices) == 0 {
		if some, _ := all(0, 1); len(some) == 0 {
			return nil, c.handlerFailed("NotFound", "What the ResourceModel names was not found.")
		}
	}
	return all, nil
}

// has says whether a document has the properties of a model.
func has(document map[string]any, model map[string]string) bool {
	for name, value := range model {
		if document[name] != value {
			return false
		}
	}
	return true
}

// everywhereFlagged pages through the resources of a region, and those of other regions that
// are in the lists of all.
func (c *call) everywhereFlagged(t *resourceType, from, size int) ([]Resource, int) {
	here := c.signature.region
	keep := func(r *Resource) bool { return r.Region == here || r.Attributes[t.schema.Everywhere] == true }
	return c.server.world.everywhere(c.caller.account, selection{kind: t.name, keep: keep}, "", from, size)
}

// description is what an answer says of a resource, or what a fault makes of it.
func (c *call) description(identifier string, properties map[string]any) object {
	text := string(appendJSON(nil, properties))
	switch {
	case c.meets(NoIdentifier):
		return object{{"Properties", text}}
	case c.meets(NoProperties):
		return object{{"Identifier", identifier}}
	case c.meets(OddProperties):
		text = text[:len(text)-1]
	case c.meets(Swell):
		padded := maps.Clone(properties)
		padded["Padding"] = ""
		room := longestProperties - len(appendJSON(nil, padded))
		padded["Padding"] = strings.Repeat("x", max(room, 0))
		text = string(appendJSON(nil, padded))
	}
	return object{{"Identifier", identifier}, {"Properties", text}}
}

func getResource(c *call) (object, error) {
	t, err := c.typeAsked()
	if err != nil {
		return nil, err
	}
	if _, there := c.input["Identifier"]; !there {
		return nil, c.isMissing("identifier")
	}
	if err := c.longest("Identifier", longestIdentifier); err != nil {
		return nil, err
	}
	asked := c.text("Identifier")
	c.call.Resource = t.name + " " + asked
	identifier, err := c.identifierOf(t, asked)
	if err != nil {
		return nil, err
	}
	if err := c.handlerDenied(t.readActions); err != nil {
		return nil, err
	}
	r, err := c.resourceNamed(t, identifier)
	if err != nil {
		return nil, err
	}
	x := rendering{c, t, &r}
	document := x.properties()
	return object{{"TypeName", t.name}, {"ResourceDescription", c.description(x.identifier(document), x.returned(document))}}, nil
}

// identifierOf reads an identifier: a text, or an object in JSON with the properties that it
// is made of. A composite one whose parts cannot be told apart has to be an object.
func (c *call) identifierOf(t *resourceType, asked string) (string, error) {
	wrong := exceptions["InvalidRequest"].saying("Identifier %s is not valid for identifier [/properties/%s]",
		asked, strings.Join(t.identifier, ", /properties/"))
	var given map[string]any
	if strings.HasPrefix(asked, "{") && json.Unmarshal([]byte(asked), &given) == nil {
		parts := make([]string, len(t.identifier))
		for i, name := range t.identifier {
			parts[i], _ = given[name].(string)
			if parts[i] == "" || len(given) != len(parts) {
				return "", wrong
			}
		}
		return strings.Join(parts, "|"), nil
	}
	if strings.Count(asked, "|") != len(t.identifier)-1 && len(t.identifier) > 1 {
		return "", wrong
	}
	return asked, nil
}

// resourceNamed is the resource that a read is about, if there is one and the call may see it.
func (c *call) resourceNamed(t *resourceType, identifier string) (Resource, error) {
	missing := c.handlerFailed("NotFound", "Resource of type '"+t.name+"' with identifier '"+identifier+"' was not found.")
	if t.allRegions() {
		at, exists := c.server.world.bucket(identifier)
		switch {
		case !exists:
			return Resource{}, missing
		case at.account != c.caller.account:
			return Resource{}, c.handlerFailed("AccessDenied", c.serviceSaid("Access Denied", "S3", 403))
		case at.region != c.signature.region:
			return Resource{}, c.handlerFailed("GeneralServiceException", c.serviceSaid("null", "S3", 301))
		}
	}
	r, there := c.named(t, identifier)
	if there && c.meets(Vanish) {
		c.server.Remove(c.caller.account, t.name, r.Region, r.ID)
		there = false
	}
	settling := there && c.meets(Unsettled) && c.now.Before(created(&r).Add(c.fault.Delay))
	if !there || settling || c.meets(Unfound) {
		return Resource{}, missing
	}
	return r, nil
}

// named finds the resource of a type with an identifier.
func (c *call) named(t *resourceType, identifier string) (Resource, bool) {
	w := c.server.world
	region := t.place(w.partition, c.signature.region)
	if !t.native() {
		r, there := w.find(c.caller.account, t.name, region, identifier)
		if !there && t.schema.Everywhere != "" {
			return c.flagged(t, identifier)
		}
		return r, there
	}
	for _, id := range nativeIDs(identifier) {
		r, there := w.find(c.caller.account, t.name, region, id)
		x := rendering{c, t, &r}
		if there && x.identifier(x.properties()) == identifier {
			return r, true
		}
	}
	return Resource{}, false
}

// flagged finds a resource of another region that is in the lists of all.
func (c *call) flagged(t *resourceType, identifier string) (Resource, bool) {
	for _, region := range AllRegions(c.server.world.partition) {
		r, there := c.server.world.find(c.caller.account, t.name, region, identifier)
		if there && r.Attributes[t.schema.Everywhere] == true {
			return r, true
		}
	}
	return Resource{}, false
}

// nativeIDs are the IDs that a resource of a kind with an API of its own may have, by its
// identifier: what stands behind some / or : of it.
func nativeIDs(identifier string) []string {
	ids := []string{identifier, strings.ReplaceAll(identifier, "|", "/")}
	first, _, _ := strings.Cut(identifier, "|")
	for i := range first {
		if first[i] == '/' || first[i] == ':' {
			ids = append(ids, first[i+1:])
		}
	}
	return ids
}

// Identifier is Cloud Control's name of a resource of an account; empty if it has none. In
// tests it says what a listing ought to hold.
func (s *Server) Identifier(account string, r Resource) string {
	t := registry()[r.Kind]
	if t == nil {
		return ""
	}
	x := rendering{&call{server: s, caller: caller{account: account}}, t, &r}
	return x.identifier(x.properties())
}
