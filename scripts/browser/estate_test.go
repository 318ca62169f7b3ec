//go:build browser

package browser

import (
	"fmt"
	"time"

	"portolan/internal/aws/kinds"
	"portolan/internal/diag"
	"portolan/internal/report"
)

// estate returns the report of a run over that many accounts. Most were read to their end.
func estate(accounts int) *report.Report {
	r := &report.Report{
		Head: report.Head{
			Run: "0a5e4791-1ed1-4dff-8057-ce78b2ef1666", Action: "resync", Status: report.Incomplete, Trigger: "schedule", Version: "v1.4.0",
			Integration: "northwind-aws", Reason: "201 cells not read; 3 entities failed",
			Started: time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC), Finished: time.Date(2026, 1, 5, 6, 3, 21, 0, time.UTC), Seconds: 201, TimeLimit: 800,
		},
		Reading: report.Reading{
			Cells: map[report.Outcome]int{}, Strategy: "organization",
		},
		Exceptions: report.Exceptions{
			Diagnostics: []diag.Diagnostic{
				{Code: diag.PortRemark, Severity: diag.Note, Title: "Port", Cause: "created the blueprints awsAccount, sqsQueue, s3Bucket, lambdaFunction and 31 more"},
				{Code: diag.OrganizationsDenied, Severity: diag.Error, Title: "Access denied to Organizations API", Cause: "only account 345678901234 is read, though others may exist. The role arn:aws:iam::345678901234:role/portolan may not list accounts (AccessDeniedException)",
					Fix: `Add to the policies of the role: {"Effect":"Allow","Action":["organizations:ListAccounts","organizations:ListAccountsForParent","organizations:ListOrganizationalUnitsForParent"],"Resource":"*"}. Account 345678901234 must be the management account or a delegated administrator of the Organization.`},
				{Code: diag.StateUnkept, Severity: diag.Warning, Title: "The state was not kept", Cause: "s3://northwind-portolan/latest.json: AccessDenied",
					Fix: "allow s3:PutObject and s3:GetObject on the objects of s3://northwind-portolan/*"},
			},
			Entities: []report.RefusedEntities{{Diagnostic: diag.Diagnostic{Code: diag.EntityRefused, Subject: diag.Subject{Blueprint: "ec2Instance"}, Cause: "Port says 422: the property launchTime has the wrong format"}, Count: 3, Samples: []string{"i-0abc", "i-0def"}}},
			Mapping:  []report.MappingDiagnostic{{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Entry: new(4), Kinds: []string{"AWS::SQS::Queue"}, Field: "port.entity.mappings.properties.team", Expression: `.Properties.Tags | fromjson | .team`}, Cause: "fromjson cannot be applied to: array", Fix: "use the tags as they are: .Properties.Tags"}, Count: 40, Of: 40, Sample: "arn:aws:sqs:eu-west-1:345678901234:orders"}},
		},
		Deletes: report.Deletes{Stale: 640, Deleted: 12, Tripped: true, Withheld: []report.Withheld{
			{Diagnostic: diag.Diagnostic{Code: diag.KeptGuard, Severity: diag.Warning, Cause: "more than PORTOLAN_DELETE_COUNT (500) of AWS::Lambda::Function in account 345678901234 would go"}, Count: 628, Samples: []string{"lambdaFunction/arn:aws:lambda:eu-west-1:345678901234:function:checkout"}}}},
		Usage: report.Usage{
			AWS:             map[string]report.Calls{"EC2": {Calls: 41200, Retries: 312, Throttled: 300}, "S3": {Calls: 9100}, "STS": {Calls: 1001}},
			PeakMemoryBytes: 231 << 20,
			Port:            map[string]report.Calls{"bulk-upsert": {Calls: 812, Retries: 2, Throttled: 2}, "entities": {Calls: 30}},
		},
	}
	for _, k := range kinds.All {
		r.Kinds = append(r.Kinds, report.Kind{Kind: k.Type, Cells: map[report.Outcome]int{}, Seconds: float64(len(k.Type)*len(k.Type)) / 7})
		r.Coverage.Kinds = append(r.Coverage.Kinds, k.Type)
	}
	for i := range accounts {
		addAccount(r, i)
	}
	for i, outcome := range []report.Outcome{"denied", "denied", "account-state", "throttled"} {
		action := []string{"codebuild:ListBuilds", "codepipeline:ListPipelines"}[i%2]
		r.Gaps = append(r.Gaps, report.Gap{Diagnostic: diag.Diagnostic{Code: diag.Denied, Severity: diag.Error, Subject: diag.Subject{Account: r.Accounts[0].ID, Kinds: r.Coverage.Kinds[:9], Regions: []string{"eu-central-1", "us-east-1"}}, Cause: "AccessDeniedException: User: arn:aws:sts::345678901234:assumed-role/PortOceanReadRole/portolan-0a5e4791-1ed1-4dff-8057-ce78b2ef1666 is not authorized to perform: " + action, Fix: "allow " + action + " in the role that reads the account"}, Outcome: outcome, Cells: 18})
	}
	r.Unavailable = []report.Gap{{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: r.Accounts[0].ID, Kinds: r.Coverage.Kinds[:31], Regions: []string{"sa-east-1"}}, Cause: "UnauthorizedOperation: … with an explicit deny in a service control policy", Fix: "nothing, if it is meant"}, Outcome: report.Closed, Cells: 31}}
	return r
}

// gaps are the outcomes that the accounts with gaps have, one after the other.
var gaps = []report.Outcome{"denied", "account-state", "throttled", "timeout", "expired", "unreachable", "failed", report.NotReached}

func addAccount(r *report.Report, i int) {
	a := report.Account{
		ID: fmt.Sprintf("%012d", 100_000_000_000+i*7_919), Regions: 17, Cells: map[report.Outcome]int{},
		Name: fmt.Sprintf("%s-%s-%03d", []string{"shop", "data", "platform", "payments"}[i%4], []string{"production", "staging", "sandbox"}[i%3], i),
	}
	row := report.CoverageRow{Account: a.ID}
	for k := range r.Kinds {
		c := report.CoverageCell{Outcome: report.Complete, Resources: (i + 1) * k * 13 % 97 * (k % 3)}
		switch {
		case i < 8 && (k%4 == i%4 || i == 0):
			c = report.CoverageCell{Outcome: gaps[i], Cells: 17, Read: 13 * (i % 2), Resources: 12 * (i % 2)}
		case k == 23:
			c = report.CoverageCell{Outcome: "not-offered", Read: 17, Cells: 17}
		case k == 25 && i > 0:
			c = report.CoverageCell{}
		case k == 27:
			c.Resources = 12345
		}
		row.Cells = append(row.Cells, c)
		if c.Outcome != "" {
			r.Kinds[k].Cells[c.Outcome]++
			a.Cells[c.Outcome]++
			r.Cells[c.Outcome]++
		}
		counts := report.Counts{Fetched: c.Resources, Created: c.Resources % 3, Unchanged: c.Resources - c.Resources%3}
		r.Kinds[k].Counts.Add(counts)
		a.Counts.Add(counts)
		r.Total.Add(counts)
	}
	r.Accounts, r.Coverage.Accounts = append(r.Accounts, a), append(r.Coverage.Accounts, row)
}

// plan is what somebody would change in a small estate.
func plan() *report.Report {
	r := estate(8)
	r.Action, r.Trigger = "plan", "cli"
	r.Total.Created, r.Total.Updated = 2, 240
	r.Changes = []report.Change{
		{Sort: report.Created, Blueprint: "sqsQueue", Identifier: "arn:aws:sqs:eu-west-1:345678901234:black-friday-orders"},
		{Sort: report.Created, Blueprint: "lambdaFunction", Identifier: "arn:aws:lambda:eu-west-1:345678901234:function:black-friday-countdown"},
	}
	for i := range 200 {
		r.Changes = append(r.Changes, report.Change{Sort: report.Updated, Blueprint: "ec2Instance", Identifier: fmt.Sprintf("i-%017x", i), Fields: []report.FieldChange{{Name: "properties.state", Old: "running", New: "stopped"}, {Name: "properties.tags", Old: []any{}, New: "(a list of 3, not shown)"}}})
	}
	r.Deletes.Planned, r.Deletes.Samples = 1, []string{"s3Bucket/northwind-old-assets"}
	return r
}

// harmful has markup in its texts, which would show in the console or as a request.
func harmful() *report.Report {
	const harm = `"></title></style><script>console.error("harm")</script><img src="https://192.0.2.1/x" onerror='console.error("harm")'><a href="javascript:console.error(1)">`
	r := plan()
	r.Integration, r.Reason, r.Run, r.Version = harm, harm, harm, harm
	r.Accounts[0].Name, r.Accounts[0].ID, r.Coverage.Accounts[0].Account = harm, harm, harm
	r.Gaps[0].Cause, r.Gaps[0].Fix, r.Gaps[0].Kinds = harm, harm, []string{harm}
	r.Entities[0].Cause, r.Entities[0].Samples = harm, []string{harm}
	r.Mapping[0].Expression, r.Mapping[0].Cause = harm, harm
	r.Changes[0].Identifier, r.Deletes.Withheld[0].Cause = harm, harm
	return r
}

// complete is a run that read everything.
func complete(accounts int) *report.Report {
	r := estate(accounts)
	r.Status, r.Reason, r.Exceptions = report.Completed, "", report.Exceptions{Diagnostics: []diag.Diagnostic{
		{Code: diag.PortRemark, Severity: diag.Note, Title: "Port", Cause: "created the blueprints awsAccount, sqsQueue, s3Bucket, lambdaFunction and 31 more"},
	}}
	r.Deletes, r.Cells = report.Deletes{Stale: 12, Deleted: 12}, map[report.Outcome]int{}
	for i := range r.Coverage.Accounts {
		for k := range r.Coverage.Accounts[i].Cells {
			if c := &r.Coverage.Accounts[i].Cells[k]; c.Outcome != "" {
				*c = report.CoverageCell{Outcome: report.Complete, Resources: c.Resources}
			}
		}
	}
	for k := range r.Kinds {
		r.Kinds[k].Cells = map[report.Outcome]int{report.Complete: 17 * accounts}
		r.Cells[report.Complete] += 17 * accounts
	}
	return r
}

// narrow is a run that an event asked for: one cell.
func narrow() *report.Report {
	r := complete(1)
	r.Trigger, r.Kinds, r.Coverage.Kinds, r.Coverage.Accounts[0].Cells = "event", r.Kinds[:1], r.Coverage.Kinds[:1], r.Coverage.Accounts[0].Cells[:1]
	r.Cells, r.Kinds[0].Cells = map[report.Outcome]int{report.Complete: 1}, map[report.Outcome]int{report.Complete: 1}
	r.Seconds, r.Diagnostics, r.Deletes = 0.41, nil, report.Deletes{}
	r.AWS, r.Port = map[string]report.Calls{"STS": {Calls: 1}, "SQS": {Calls: 3}}, map[string]report.Calls{"bulk-upsert": {Calls: 1}}
	return r
}

// failed is a run that could not read anything.
func failed() *report.Report {
	const fix = `The role's trust policy must hold {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::345678901234:role/portolan-FunctionRole-1A2B3C4D5E6F7"},"Action":["sts:AssumeRole"],"Condition":{"StringEquals":{"sts:ExternalId":"THE_CONFIGURED_EXTERNAL_ID"}}}. The policies of the identity must hold {"Effect":"Allow","Action":["sts:AssumeRole"],"Resource":"arn:aws:iam::111122223333:role/PortOceanReadRole"}. The external id must be the same on both sides.`
	r := nothing()
	r.Code, r.Reason = diag.AssumeRole, "nothing could be read: Unable to assume role arn:aws:iam::111122223333:role/PortOceanReadRole in account 111122223333: AccessDenied: User: arn:aws:sts::345678901234:assumed-role/portolan-FunctionRole-1A2B3C4D5E6F7/portolan is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/PortOceanReadRole"
	r.Gaps = []report.Gap{{Diagnostic: diag.Diagnostic{Code: diag.AssumeRole, Severity: diag.Error, Subject: diag.Subject{Account: "111122223333"}, Cause: r.Reason, Fix: fix}, Outcome: "denied", Cells: 34}}
	r.Cells = map[report.Outcome]int{"denied": 34}
	r.Accounts = []report.Account{{ID: "111122223333", Name: "shop"}}
	r.AWS = map[string]report.Calls{"STS": {Calls: 2}}
	return r
}

// nothing is a run that ended before it knew anything.
func nothing() *report.Report {
	return &report.Report{Head: report.Head{
		Run: "0a5e4791-1ed1-4dff-8057-ce78b2ef1666", Action: "resync", Trigger: "schedule", Version: "v1.4.0", Status: report.Failed, Integration: "northwind-aws",
		Code: diag.PortCredentials, Reason: "Port refused the credentials",
		Started: time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC), Finished: time.Date(2026, 1, 5, 6, 0, 1, 0, time.UTC), Seconds: 1,
	}}
}

// huge is a report of any type in many accounts, with more of everything than a page can have.
func huge() *report.Report {
	r := estate(300)
	r.Kinds, r.Coverage.Kinds = nil, nil
	for k := range 1200 {
		kind := fmt.Sprintf("AWS::Service%03d::ResourceOfALongName%02d", k/7, k%7)
		r.Kinds = append(r.Kinds, report.Kind{Kind: kind, Cells: map[report.Outcome]int{report.Complete: 300}, Counts: report.Counts{Fetched: 100_000}, Seconds: float64(k)})
		r.Coverage.Kinds = append(r.Coverage.Kinds, kind)
		r.AWS["CloudControl "+kind] = report.Calls{Calls: k}
		r.Mapping = append(r.Mapping, report.MappingDiagnostic{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Entry: new(k), Kinds: []string{kind}, Field: "properties.a"}}, Null: true, Count: 1, Of: 1})
	}
	for i := range r.Coverage.Accounts {
		cells := make([]report.CoverageCell, 1200)
		for k := range cells {
			cells[k] = report.CoverageCell{Outcome: report.Complete, Resources: k}
		}
		r.Coverage.Accounts[i].Cells = cells
	}
	for range 200 {
		r.Gaps = append(r.Gaps, report.Gap{Diagnostic: diag.Diagnostic{Subject: diag.Subject{Account: r.Accounts[0].ID, Kinds: r.Coverage.Kinds}, Cause: "AccessDenied", Fix: "allow it"}, Outcome: "denied", Cells: 1200})
	}
	return r
}
