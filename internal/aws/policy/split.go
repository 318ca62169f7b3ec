package policy

import "strings"

// MaxManaged is how many characters a managed policy may have. White space does not
// count: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const MaxManaged = 6144

// Split returns documents that together allow what d allows, of at most limit
// characters each as IAM counts them. A statement that alone is longer is a document
// of its own.
func (d Document) Split(limit int) []Document {
	parts := []Document{{Version: d.Version}}
	for _, statement := range d.Statement {
		last := &parts[len(parts)-1]
		last.Statement = append(last.Statement, statement)
		if len(last.Statement) > 1 && last.size() > limit {
			last.Statement = last.Statement[:len(last.Statement)-1]
			parts = append(parts, Document{Version: d.Version, Statement: []Statement{statement}})
		}
	}
	return parts
}

// size counts the characters that IAM counts.
func (d Document) size() int {
	return len(strings.Join(strings.Fields(d.JSON()), ""))
}
