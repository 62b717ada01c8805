package report

import (
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec/resource"
)

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// The names of SARIF 2.1.0, from sections 3.13 and following of the standard.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}

	sarifRun struct {
		catalog     *resource.Catalog
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Artifacts   []sarifArtifact   `json:"artifacts"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
		Properties  sarifTotals       `json:"properties"`
	}

	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}

	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}

	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
		Full  sarifText `json:"fullDescription"`
		Help  sarifText `json:"help"`
	}

	sarifText struct {
		Text string `json:"text"`
	}

	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   sarifVerdict      `json:"properties"`
	}

	sarifLocation struct {
		Physical struct {
			Artifact sarifArtifactLocation `json:"artifactLocation"`
			Region   sarifRegion           `json:"region"`
		} `json:"physicalLocation"`
	}

	sarifArtifactLocation struct {
		URI   string `json:"uri"`
		Index *int   `json:"index,omitempty"`
	}

	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
	}

	sarifArtifact struct {
		Location sarifArtifactLocation `json:"location"`
		Hashes   map[string]string     `json:"hashes"`
	}

	sarifInvocation struct {
		Successful bool        `json:"executionSuccessful"`
		Start      string      `json:"startTimeUtc,omitempty"`
		End        string      `json:"endTimeUtc,omitempty"`
		Notes      []sarifNote `json:"toolExecutionNotifications,omitempty"`
	}

	sarifNote struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
)

// sarifTotals and sarifVerdict are Avow's own, in the property bags that the standard leaves to tools.
type (
	sarifTotals struct {
		Kept     int  `json:"kept"`
		Broken   int  `json:"broken"`
		Unknown  int  `json:"unknown"`
		Skipped  int  `json:"skipped"`
		Targets  int  `json:"targets"`
		Complete bool `json:"complete"`
	}

	sarifVerdict struct {
		Verdict record.Status `json:"verdict"`
		Targets []string      `json:"targets"`
	}
)
