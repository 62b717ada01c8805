package spec

// absence rejects what cannot be meant of a thing that is promised to be absent.
func (e *evaluation) absence() {
	if e.block.typ.Absent == nil || e.unplaced || e.diags.HasErrors() {
		return
	}
	for _, p := range e.r.Promises {
		if !p.Attribute.Presence || p.Expectation.Test == nil || !p.Expectation.Test(false).Kept {
			continue
		}
		if err := e.block.typ.Absent(e.r.Params); err != nil {
			e.wrong(e.block.def, "Wrong "+e.block.typ.Name, "%s", Mask(sentence(err), e.secrets))
			return
		}
	}
}
