package runner

// transports are queries by the way they take: through a shell, the network, or the target's image.
type transports struct{ shell, network, image []*query }

func byTransport(queries []*query) transports {
	var w transports
	for _, q := range queries {
		switch {
		case q.probe.Dial != nil:
			w.network = append(w.network, q)
		case q.probe.Metadata != nil:
			w.image = append(w.image, q)
		default:
			w.shell = append(w.shell, q)
		}
	}
	return w
}
