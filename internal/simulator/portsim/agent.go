package portsim

import (
	"net/http"
	"regexp"
	"strings"
)

// agent is a User-Agent taken apart:
// port-ocean/<type>/<version>/<identifier>[/<feature>].
type agent struct{ text, feature string }

var (
	agentType    = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	agentVersion = regexp.MustCompile(`^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`)
)

func parseAgent(text string) (agent, *refusal) {
	parts := strings.Split(text, "/")
	sound := (len(parts) == 4 || len(parts) == 5) && parts[0] == "port-ocean" &&
		agentType.MatchString(parts[1]) && agentVersion.MatchString(parts[2]) && parts[3] != "" && parts[3] != exporter
	if !sound {
		return agent{}, refuse(http.StatusUnprocessableEntity, "invalid_user_agent",
			"User-Agent %q has to be port-ocean/<type>/<version>/<identifier>[/<feature>]", text)
	}
	a := agent{text: text}
	if len(parts) == 5 {
		a.feature = parts[4]
	}
	return a, nil
}

// exporter is the feature that owns what an exporter writes.
const exporter = "exporter"

// agentRule says which feature a route wants.
type agentRule int

const (
	plain  agentRule = iota // no feature
	data                    // the exporter feature
	anyway                  // either
)

func (rule agentRule) check(a agent) *refusal {
	wrong := func(want string) *refusal {
		return refuse(http.StatusUnprocessableEntity, "invalid_user_agent", "User-Agent %q has to end with %s here", a.text, want)
	}
	switch {
	case rule == data && a.feature != exporter:
		return wrong("the feature /" + exporter)
	case rule == plain && a.feature != "":
		return wrong("the integration's identifier")
	case rule == anyway && a.feature != "" && a.feature != exporter:
		return wrong("the integration's identifier or /" + exporter)
	}
	return nil
}
