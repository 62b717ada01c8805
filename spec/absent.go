package spec

// absence rejects what cannot be meant of a thing that is promised to be absent.
func (e *evaluation) absence() {
	if e.typ.Absent == nil || e.unplaced || e.diags.HasErrors() {
		return
	}
	for _, p := range e.r.Promises {
		if !p.Attribute.Presence || p.Expectation.Test == nil || !p.Expectation.Test(false).Kept {
			continue
		}
		if err := e.typ.Absent(e.r.Params); err != nil {
			e.wrong(e.def, "Wrong "+e.typ.Name, "%s", Mask(sentence(err), e.secrets))
			return
		}
	}
}
