package awssim

import (
	"slices"
	"time"
)

const certificateType = "AWS::CertificateManager::Certificate"

// Of Certificate Manager the list of certificates is simulated, which are those that Cloud
// Control reads.
func init() {
	acm := service{
		name: "acm", wire: &jsonWire{target: "CertificateManager", version: "1.1"}, scope: everything,
		dialect: jsonDialect.with(func(d *dialect) {
			d.badToken = refuse(400, "InvalidNextTokenException", "The next token is not valid.")
		}),
	}
	acm.serve(operation{name: "ListCertificates", takes: members{"Includes": isObject}, list: &listing{
		of: listedCertificates, items: "CertificateSummaryList", size: bounds{"MaxItems", 1, 1000, 1000}, token: "NextToken",
	}})
}

// listedCertificates are those with the kinds of key that a call includes: RSA of 1024 and 2048
// bits unless it says others.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_Filters.html
func listedCertificates(c *call) (source, error) {
	wanted := []any{"RSA_1024", "RSA_2048"}
	includes, _ := c.input["Includes"].(map[string]any)
	if types, said := includes["keyTypes"].([]any); said {
		wanted = types
	}
	keep := func(r *Resource) bool { return slices.Contains(wanted, any(given(r, "KeyAlgorithm", "RSA_2048"))) }
	return resources(c, selection{kind: certificateType, keep: keep}, certificateSummary), nil
}

func certificateSummary(c *call, r *Resource) object {
	model := c.model(r)
	return object{
		{"CertificateArn", r.ID}, {"DomainName", model["DomainName"]}, {"SubjectAlternativeNameSummaries", model["SubjectAlternativeNames"]},
		{"Status", "ISSUED"}, {"Type", "AMAZON_ISSUED"}, {"KeyAlgorithm", model["KeyAlgorithm"]}, {"InUse", false},
		{"CreatedAt", epoch(created(r))}, {"IssuedAt", epoch(created(r))}, {"NotAfter", epoch(created(r).Add(395 * 24 * time.Hour))},
	}
}
