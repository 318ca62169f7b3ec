package awssim

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// wire is a protocol of AWS.
type wire interface {
	// read names the operation that is asked for, empty if it cannot be known, and reads
	// what the call says.
	read(*call) (name string, in input, err error)
	// succeed writes an answer to call.out and returns its content type.
	succeed(*call, object) (contentType string)
	// refuse writes an error to call.out and returns its content type.
	refuse(*call, *refusal, http.Header) (contentType string)
}

// jsonWire is the JSON protocol: the operation is in the header X-Amz-Target.
type jsonWire struct {
	target, version string
	// space comes before the codes of the service's own errors.
	space string
	// message is the name of an error's member that says what is wrong: "message" if empty.
	message string
}

func (w *jsonWire) read(c *call) (string, input, error) {
	name, ours := strings.CutPrefix(c.request.Header.Get("X-Amz-Target"), w.target+".")
	if !ours || c.request.Method != http.MethodPost || c.request.Header.Get("Content-Type") != w.contentType() {
		return "", nil, nil
	}
	in := input{}
	return name, in, in.addJSON(c.body)
}

func (w *jsonWire) contentType() string { return "application/x-amz-json-" + w.version }

func (w *jsonWire) succeed(c *call, answer object) string {
	c.out = appendJSON(c.out, answer)
	return w.contentType()
}

func (w *jsonWire) refuse(c *call, r *refusal, header http.Header) string {
	if r.queryCode != "" {
		header.Set("x-amzn-query-error", r.queryCode+";Sender")
	}
	body := object{{"__type", w.space + r.code}, {cmp.Or(w.message, "message"), r.message}}
	c.out = appendJSON(c.out, append(body, r.extra...))
	return w.contentType()
}

// restWire is the JSON protocol in which method and path name the operation.
type restWire struct {
	message string // as in [jsonWire]
}

func (w *restWire) read(c *call) (string, input, error) { return c.route() }

func (w *restWire) succeed(c *call, answer object) string {
	c.out = appendJSON(c.out, answer)
	return "application/json"
}

func (w *restWire) refuse(c *call, r *refusal, header http.Header) string {
	header.Set("x-amzn-ErrorType", r.code)
	c.out = appendJSON(c.out, append(object{{cmp.Or(w.message, "message"), r.message}}, r.extra...))
	return "application/json"
}

// route finds the operation by method and path. The input is the query, the body, and what
// the path names.
func (c *call) route() (name string, in input, err error) {
	in = input{}
	in.addForm(c.request.URL.Query())
	delete(in, "x-id") // the SDK's own name of the operation
	if len(c.body) > 0 {
		err = in.addJSON(c.body)
	}
	for name, o := range c.service.operations {
		if o.routed(c.request, in) {
			return name, in, err
		}
	}
	return c.request.Method + " " + c.request.URL.Path, in, err
}

// routed says whether a request is for the operation, and reads the path into the input.
func (o *operation) routed(r *http.Request, in input) bool {
	method, pattern, _ := strings.Cut(o.http, " ")
	pattern, choice, chosen := strings.Cut(pattern, "?")
	prefix, member, _ := strings.Cut(strings.TrimSuffix(pattern, "}"), "{")
	rest, ours := strings.CutPrefix(r.URL.EscapedPath(), prefix)
	named, err := url.PathUnescape(rest)
	if !ours || r.Method != method || err != nil || strings.Contains(rest, "/") || (named == "") != (member == "") || chosen && !r.URL.Query().Has(choice) {
		return false
	}
	delete(in, choice)
	if member != "" {
		in[member] = plain(named)
	}
	return true
}

// queryWire is the query protocol: a form goes in, XML comes out. EC2 speaks a
// variant of its own.
type queryWire struct {
	version, namespace string
	ec2                bool
	items              itemNames
}

func (w *queryWire) read(c *call) (string, input, error) {
	form, err := url.ParseQuery(string(c.body))
	if c.request.URL.Path != "/" || c.request.Method != http.MethodPost {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	in := input{}
	in.addForm(form)
	delete(in, "Action")
	delete(in, "Version")
	if version := form.Get("Version"); version != w.version {
		return form.Get("Action") + " of version " + version, in, nil
	}
	return form.Get("Action"), in, nil
}

func (w *queryWire) succeed(c *call, answer object) string {
	response := c.operation.name + "Response"
	c.out = append(c.out, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<"+response+` xmlns="`+w.namespace+`">`...)
	if w.ec2 {
		c.out = w.items.appendElements(c.out, append(object{{"requestId", c.id}}, answer...))
	} else {
		c.out = w.items.appendElements(c.out, object{
			{c.operation.name + "Result", answer}, {"ResponseMetadata", object{{"RequestId", c.id}}},
		})
	}
	c.out = closeTag(c.out, response)
	return "text/xml;charset=UTF-8"
}

func (w *queryWire) refuse(c *call, r *refusal, _ http.Header) string {
	problem := object{{"Code", r.code}, {"Message", r.message}}
	if w.ec2 {
		c.out = append(c.out, `<?xml version="1.0" encoding="UTF-8"?>`...)
		c.out = itemNames(nil).appendElements(c.out, object{
			{"Response", object{{"Errors", object{{"Error", problem}}}, {"RequestID", c.id}}},
		})
		return "text/xml;charset=UTF-8"
	}
	fault := "Sender"
	if r.status >= 500 {
		fault = "Receiver"
	}
	c.out = append(c.out, `<ErrorResponse xmlns="`+w.namespace+`">`...)
	c.out = itemNames(nil).appendElements(c.out, object{{"Error", append(object{{"Type", fault}}, problem...)}, {"RequestId", c.id}})
	c.out = closeTag(c.out, "ErrorResponse")
	return "text/xml"
}

// s3Wire is S3's REST protocol with XML bodies. Only path-style addresses are
// served: the SDK uses them for an endpoint that is an IP address.
type s3Wire struct{}

var s3Items = itemNames{"Buckets": "Bucket", "TagSet": "Tag"}

func (s3Wire) read(c *call) (string, input, error) { return c.route() }

// succeed writes the one member of an answer, which is the root of the document.
func (s3Wire) succeed(c *call, answer object) string {
	root := answer[0]
	head := `<?xml version="1.0" encoding="UTF-8"?>` + "\n<" + root.name
	c.out = s3Items.appendElement(c.out, root.name, root.value)
	c.out = slices.Replace(c.out, 0, 1+len(root.name), []byte(head+` xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`)...)
	return "application/xml"
}

func (s3Wire) refuse(c *call, r *refusal, header http.Header) string {
	host := dieOf(c.id).text(76, lowerDigits)
	header.Set("x-amz-request-id", c.id)
	header.Set("x-amz-id-2", host)
	if r.region != "" {
		header.Set("x-amz-bucket-region", r.region)
	}
	body := append(object{{"Code", r.code}, {"Message", r.message}}, r.extra...)
	body = append(body, object{{"RequestId", c.id}, {"HostId", host}}...)
	c.out = append(c.out, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"...)
	c.out = s3Items.appendElement(c.out, "Error", body)
	return "application/xml"
}
