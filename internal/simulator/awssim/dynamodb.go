package awssim

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Table is a table of DynamoDB. The attribute ContinuousBackupsDescription is what
// DescribeContinuousBackups returns.
const Table = "AWS::DynamoDB::Table"

const tableNamePattern = "[a-zA-Z0-9_.-]+"

func init() {
	dynamodb := service{
		name: "dynamodb", wire: &jsonWire{target: "DynamoDB_20120810", version: "1.0", space: "com.amazonaws.dynamodb.v20120810#"},
		dialect: jsonDialect.with(func(d *dialect) {
			d.failed = refuse(500, "InternalServerError", "The request could not be processed.")
		}),
		scope: func(c *call) string {
			return cmp.Or(c.text("ResourceArn"), c.arn(Table, cmp.Or(c.text("TableName"), "*")))
		},
		limits: []Limit{
			{Operation: "DescribeContinuousBackups", Rate: 10, Burst: 10},
			{Operation: "ListTagsOfResource", Rate: 10, Burst: 10},
		},
	}
	table := detail{
		kind: Table, by: "TableName", named: byEither, malformed: refuse(400, "ValidationException", pattern("tableName", tableNamePattern)),
		missing: refuse(400, "ResourceNotFoundException", "Requested resource not found: Table: {id} not found"),
	}
	backedUp, tagged := table, table
	backedUp.missing = refuse(400, "TableNotFoundException", "Table not found: {id}")
	tagged.by, tagged.named = "ResourceArn", byARN
	tagged.missing.message = "Requested resource not found: ResourcArn: {id} not found"
	tagged.malformed.message = "Invalid TableArn: Invalid ResourceArn provided as input {id}"
	dynamodb.simulate(
		kind{
			name: Table, form: regexp.MustCompile(`^[A-Za-z0-9_.-]{3,255}$`), arn: "table/",
			things: []string{"sessions", "orders", "carts", "events", "locks", "settings", "counters"},
		},
		operation{name: "ListTables", takes: members{"ExclusiveStartTableName": isText, "Limit": isNumber}, answer: listTables},
		operation{name: "DescribeTable", detail: table.with(func(c *call, r *Resource) (object, error) {
			return object{{"Table", tableForm(c, r)}}, nil
		})},
		operation{name: "ListTagsOfResource", takes: members{"ResourceArn": isText}, list: &listing{
			items: "Tags", size: bounds{usual: 10}, token: "NextToken",
			of: func(c *call) (source, error) {
				r, err := tagged.find(c)
				return rows(tagList(r.Tags, "Key", "Value")), err
			},
		}},
		operation{name: "DescribeContinuousBackups", detail: backedUp.with(continuousBackups)},
	)
}

// turnPrefix begins the names that a fault lets a page end with.
const turnPrefix = "turn-"

// listTables pages by name: what comes after the last one of the page before,
// whether that still exists or not.
func listTables(c *call) (object, error) {
	size, err := c.pageSize(bounds{"Limit", 1, 100, 100})
	if err != nil {
		return nil, err
	}
	after := c.text("ExclusiveStartTableName")
	if after != "" && !kinds[Table].form.MatchString(after) {
		return nil, c.malformed("exclusiveStartTableName", after, tableNamePattern)
	}
	page := func(names []string, last string) (object, error) {
		return object{{"TableNames", names}}.optional("LastEvaluatedTableName", last), nil
	}
	var all []string
	for _, r := range c.server.Resources(c.caller.account, Table, c.signature.region) {
		all = append(all, r.ID)
	}
	slices.Sort(all)
	turn, _ := strconv.Atoi(strings.TrimPrefix(after, turnPrefix))
	switch {
	case c.meets(EmptyPage):
		return page(nil, after)
	case c.meets(Endless):
		return page(nil, turnPrefix+strconv.Itoa(turn+1))
	case c.meets(Repeat):
		return page(all[:min(size, len(all))], turnPrefix+strconv.Itoa(turn+1))
	case c.meets(Cycle):
		return page(all[:min(size, len(all))], turnPrefix+strconv.Itoa(turn%max(c.fault.Length, 1)+1))
	}
	from, known := slices.BinarySearch(all, after)
	if known {
		from++
	}
	if to := from + size; to < len(all) {
		return page(all[from:to], all[to-1])
	}
	return page(all[from:], "")
}

func continuousBackups(_ *call, r *Resource) (object, error) {
	var backups any = object{
		{"ContinuousBackupsStatus", "ENABLED"},
		{"PointInTimeRecoveryDescription", object{{"PointInTimeRecoveryStatus", "DISABLED"}}},
	}
	if given, said := r.Attributes["ContinuousBackupsDescription"]; said {
		backups = given
	}
	return object{{"ContinuousBackupsDescription", backups}}, nil
}

// tableForm is a table as DescribeTable returns it.
func tableForm(c *call, r *Resource) object {
	d := dieOf("table", c.caller.account, r.Region, r.ID)
	made := epoch(created(r))
	form := object{
		{"AttributeDefinitions", []object{{{"AttributeName", "id"}, {"AttributeType", "S"}}}},
		{"TableName", r.ID},
		{"KeySchema", []object{{{"AttributeName", "id"}, {"KeyType", "HASH"}}}},
		{"TableStatus", "ACTIVE"},
		{"CreationDateTime", made},
		{"ProvisionedThroughput", object{{"NumberOfDecreasesToday", 0}, {"ReadCapacityUnits", 0}, {"WriteCapacityUnits", 0}}},
		{"TableSizeBytes", d.below(50_000_000)},
		{"ItemCount", d.below(100_000)},
		{"TableArn", c.arn(Table, r.ID)},
		{"TableId", d.uuid()},
		{"BillingModeSummary", object{{"BillingMode", "PAY_PER_REQUEST"}, {"LastUpdateToPayPerRequestDateTime", made}}},
		{"DeletionProtectionEnabled", d.oneIn(3)},
		{"WarmThroughput", object{{"ReadUnitsPerSecond", 12000}, {"WriteUnitsPerSecond", 4000}, {"Status", "ACTIVE"}}},
	}
	return form.with(without(r.Attributes, "ContinuousBackupsDescription"))
}
