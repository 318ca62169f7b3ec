package awssim

import (
	"slices"
	"strings"
	"time"
)

// Of Systems Manager two things are simulated: the account's own parameters as far as one can be
// found by its name, and the public parameters that say which services AWS offers in which regions:
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-global-infrastructure.html
func init() {
	ssm := service{
		name: "ssm", wire: &jsonWire{target: "AmazonSSM", version: "1.1"},
		dialect: jsonDialect.with(func(d *dialect) {
			d.failed = refuse(500, "InternalServerError", "An error occurred on the server side.")
			d.badToken = refuse(400, "InvalidNextToken", "The specified token isn't valid.")
		}),
		scope: func(c *call) string {
			if c.operation.name == "DescribeParameters" { // AWS grants it for all parameters or none
				return "*"
			}
			return c.parameterARN(strings.TrimSuffix(c.text("Path"), "/"))
		},
	}
	// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
	ssm.serve(operation{
		name: "GetParametersByPath", takes: members{"Path": isText, "Recursive": isFlag, "WithDecryption": isFlag},
		list: &listing{items: "Parameters", of: parameters, size: bounds{"MaxResults", 1, 10, 10}, token: "NextToken"},
	}, operation{
		// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
		name: "DescribeParameters", takes: members{"ParameterFilters": isObjects},
		list: &listing{items: "Parameters", of: parametersNamed, size: bounds{"MaxResults", 1, 50, 50}, token: "NextToken"},
	})
}

// parametersNamed are the account's own parameters of a name: one, or none.
func parametersNamed(c *call) (source, error) {
	var name string
	if filters, _ := c.input["ParameterFilters"].([]any); len(filters) == 1 {
		filter, _ := filters[0].(map[string]any)
		values, _ := filter["Values"].([]any)
		if filter["Key"] == "Name" && filter["Option"] == "Equals" && len(values) == 1 {
			name, _ = values[0].(string)
		}
	}
	if name == "" {
		return nil, refuse(400, "InvalidFilterKey", "").saying("only the filter of one name is simulated")
	}
	c.call.Resource = name
	r, there := c.server.world.find(c.caller.account, "AWS::SSM::Parameter", c.signature.region, name)
	if !there {
		return rows([]object{}), nil
	}
	return rows([]object{{{"Name", r.ID}, {"Type", "String"}, {"Version", 1}, {"LastModifiedDate", epoch(created(&r))}}}), nil
}

const infrastructure = "/aws/service/global-infrastructure/"

// tellsOffers lists the regions in which the path of the list is answered. Elsewhere
// there is nothing below it.
var tellsOffers = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-east-1", "ap-south-1", "ap-northeast-1", "ap-northeast-2",
	"ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1",
	"sa-east-1",
}

// parameterARN names a public parameter, which has no account.
func (c *call) parameterARN(path string) string {
	return c.server.arn("ssm", c.signature.region, "", "parameter"+path)
}

// parameters are the public parameters below a path.
func parameters(c *call) (source, error) {
	path := strings.TrimSuffix(c.text("Path"), "/")
	if !strings.HasPrefix(c.text("Path"), "/") {
		return nil, c.service.dialect.badParameter.saying("The parameter doesn't meet the parameter name requirements. "+
			"The parameter name must begin with a forward slash \"/\": %s", path)
	}
	names, simulated := c.server.world.infrastructure(path, c.signature.region)
	if !simulated {
		return nil, c.service.dialect.badParameter.saying("the path %s is not simulated", path)
	}
	c.call.Resource = path
	list := make([]object, len(names))
	for i, name := range names {
		list[i] = object{
			{"ARN", c.parameterARN(path + "/" + name)},
			{"DataType", "text"},
			{"LastModifiedDate", epoch(parametersModified)},
			{"Name", path + "/" + name},
			{"Type", "String"},
			{"Value", name},
			{"Version", 1},
		}
	}
	return rows(list), nil
}

var parametersModified = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// infrastructure returns what the list says below a path to who asks in a region, sorted.
// It is not simulated where the path is another than that of the regions of a service or
// the services of a region.
func (w *world) infrastructure(path, in string) (names []string, simulated bool) {
	name, ofService := inner(path, infrastructure+"services/", "/regions")
	region, ofRegion := inner(path, infrastructure+"regions/", "/services")
	if !ofService && !ofRegion {
		return nil, false
	}
	if !slices.Contains(tellsOffers, in) {
		return nil, true
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if ofService {
		return w.listedRegions(name), true
	}
	for _, service := range w.services {
		if slices.Contains(w.listedRegions(service), region) {
			names = append(names, service)
		}
	}
	return names, true
}

// listedRegions returns the regions that the list has for a service, those of every
// partition, as AWS's has them; none for a service that it does not know. The caller
// holds the lock.
func (w *world) listedRegions(service string) []string {
	if regions, other := w.listed[service]; other {
		return regions
	}
	if !slices.Contains(w.services, service) {
		return nil
	}
	var regions []string
	for partition := range standing {
		for _, region := range AllRegions(partition) {
			if !w.notOffered[Offering{service, region}] {
				regions = append(regions, region)
			}
		}
	}
	slices.Sort(regions)
	return regions
}

func inner(text, before, after string) (string, bool) {
	rest, ok := strings.CutPrefix(text, before)
	if !ok {
		return "", false
	}
	rest, ok = strings.CutSuffix(rest, after)
	return rest, ok && rest != "" && !strings.Contains(rest, "/")
}

// SetListed lets AWS's list of services by region differ from the truth for a service:
// it is listed in just these places, which need not be regions. Without any, the
// service is not listed.
func (s *Server) SetListed(service string, regions ...string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.listed[service] = slices.Clone(regions)
}
