package policy

import "strings"

// MaxManaged is the most characters that a managed policy may have, without white space:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const MaxManaged = 6144

// Split returns documents that together allow what d allows, each with at most limit
// characters as IAM counts them. A statement that is longer than that becomes a document of
// its own.
func (d Document) Split(limit int) []Document {
	parts := []Document{{Version: d.Version}}
	for _, statement := range d.Statement {
		last := &parts[len(parts)-1]
		last.Statement = append(last.Statement, statement)
		if len(last.Statement) > 1 && last.Size() > limit {
			last.Statement = last.Statement[:len(last.Statement)-1]
			parts = append(parts, Document{Version: d.Version, Statement: []Statement{statement}})
		}
	}
	return parts
}

// Size counts the characters that IAM counts: those that are not white space.
func (d Document) Size() int {
	return len(strings.Join(strings.Fields(d.JSON()), ""))
}
