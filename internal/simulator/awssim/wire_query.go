package awssim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// queryWire is the query protocol: a form goes in, XML comes out. EC2 speaks a
// variant of its own.
type queryWire struct {
	version, namespace string
	ec2                bool
	items              itemNames
}

func (w *queryWire) operation(c *call) string {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || c.request.URL.Path != "/" || c.request.Method != http.MethodPost {
		return ""
	}
	c.form = form
	if form.Get("Version") != w.version {
		return form.Get("Action") + " of version " + form.Get("Version")
	}
	return form.Get("Action")
}

func (w *queryWire) succeed(c *call) string {
	name := c.operation.name
	head := `<?xml version="1.0" encoding="UTF-8"?>` + "\n<" + name + `Response xmlns="` + w.namespace + `">`
	tail := "</" + name + "Response>"
	if w.ec2 {
		head += "<requestId>" + c.id + "</requestId>"
	} else {
		head += "<" + name + "Result>"
		tail = "</" + name + "Result><ResponseMetadata><RequestId>" + c.id + "</RequestId></ResponseMetadata>" + tail
	}
	c.out = append(slices.Insert(c.out, 0, []byte(head)...), tail...)
	return "text/xml;charset=UTF-8"
}

func (w *queryWire) refuse(c *call, r *refusal, _ http.Header) string {
	problem := object{{"Code", r.code}, {"Message", r.message}}
	answer := object{{"Response", object{{"Errors", object{{"Error", problem}}}, {"RequestID", c.id}}}}
	if !w.ec2 {
		fault := "Sender"
		if r.status >= 500 {
			fault = "Receiver"
		}
		problem = append(object{{"Type", fault}}, problem...)
		c.out = append(c.out, `<ErrorResponse xmlns="`+w.namespace+`">`...)
		c.out = itemNames(nil).appendElements(c.out, object{{"Error", problem}, {"RequestId", c.id}})
		c.out = append(c.out, "</ErrorResponse>"...)
		return "text/xml"
	}
	c.out = append(c.out, `<?xml version="1.0" encoding="UTF-8"?>`...)
	c.out = itemNames(nil).appendElements(c.out, answer)
	return "text/xml;charset=UTF-8"
}

// unknownParameter refuses a parameter that the operation does not act upon.
func (c *call) unknownParameter() error {
	given := c.form
	if given == nil {
		given = c.request.URL.Query()
	}
	for name := range given {
		if name == "Action" || name == "Version" || name == "x-id" || c.operation.takes(name) {
			continue
		}
		if c.service.name == "ec2" {
			return refusal{status: 400, code: "UnknownParameter"}.saying("The parameter %s is not recognized", name)
		}
		return c.service.dialect.badParameter.saying("The parameter %s is not recognized by %s", name, c.operation.name)
	}
	return nil
}

func (o *operation) takes(parameter string) bool {
	return slices.ContainsFunc(o.parameters, func(known string) bool {
		return parameter == known || strings.HasSuffix(known, ".") && strings.HasPrefix(parameter, known)
	})
}

// numbered gathers the values of Name.1, Name.2 and so on.
func (c *call) numbered(name string) []string {
	var values []string
	for i := 1; ; i++ {
		value, there := c.form[name+"."+string(appendPlain(nil, i))]
		if !there {
			return values
		}
		values = append(values, value...)
	}
}
