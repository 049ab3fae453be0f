package report

import (
	"slices"
	"time"

	"github.com/meshposture/meshposture/mesh"
)

func workloadName(w *mesh.Workload) string { return w.ID().String() }

func entry(w way) Entry {
	return Entry{
		Mesh: w.Mesh, Kind: w.Kind.String(), Object: w.Object, Field: w.Loc.Field(), Pos: w.Loc.Pos(), Listener: w.Listener,
		Port: int(w.Port), Protocol: w.Protocol, Hosts: slices.Clone(w.Hosts), Exposed: convert(w.Exposed, exposure),
		Served: w.Served, TLS: w.TLS.String(), ClientCertificate: w.ClientCertificate, RedirectsToTLS: w.RedirectsToTLS,
		Proxies: convert(w.Proxies, workloadName), Workloads: convert(w.Workloads(), workloadName),
		Hops: convert(w.hops, hop), Detours: convert(w.detours, detour),
		Why: convert(w.Why, step), Unknown: convert(w.unknown(), gap),
	}
}

// unknown is what is not known of the entry and of its backends.
func (w *way) unknown() []mesh.Gap {
	gaps := slices.Clone(w.Unknown)
	for _, b := range w.Backends {
		gaps = append(gaps, b.Unknown...)
	}
	return gaps
}

func exposure(x mesh.Exposure) Exposure {
	return Exposure{
		Kind: x.Kind.String(), Object: x.Object, Pos: x.Loc.Pos(), Port: int(x.Port),
		Addresses: slices.Clone(x.Addresses), Sources: slices.Clone(x.Sources), Local: x.Local,
	}
}

func hop(h mesh.Hop) Hop {
	t := h.Transport
	return Hop{
		Proxy: workloadName(h.Proxy), Server: workloadName(h.Server), Port: int(h.Port), Sends: t.Sends.String(),
		Connects: t.Connects, Encrypted: t.Encrypted, Authenticated: t.Authenticated,
		Why: convert(t.Why, step), Unknown: convert(t.Unknown, gap),
	}
}

func detour(d mesh.Detour) Detour {
	return Detour{
		Server: workloadName(d.Server), Port: int(d.Port), Open: d.Open, Exposed: convert(d.Exposed, exposure),
		Why: convert(d.Stranger.Why, step), Unknown: convert(d.Stranger.Unknown, gap),
	}
}

func (in Input) exits() []mesh.Exit {
	if in.Graph == nil {
		return nil
	}
	return in.Graph.Exits()
}

func exit(e mesh.Exit) Exit {
	return Exit{
		Mesh: e.Mesh, Object: e.Object, Pos: e.Loc.Pos(), Host: e.Host, Networks: slices.Clone(e.Networks), Port: int(e.Port),
		Protocol: e.Protocol, Outside: e.Outside, Why: convert(e.Why, step), Unknown: convert(e.Unknown, gap),
	}
}

func authority(c mesh.CA) CA {
	out := CA{
		Kind: c.Kind.String(), Issuer: c.Issuer, Address: c.Address, Chained: c.Chained, Roots: convert(c.Roots, certificate),
		Issuers: convert(c.Issuers, certificate), Why: convert(c.Why, step), Unknown: convert(c.Unknown, gap),
	}
	if c.Lifetime > 0 {
		out.Lifetime = c.Lifetime.String()
	}
	return out
}

func certificate(c mesh.Certificate) Certificate {
	return Certificate{
		Subject: c.Subject, NotBefore: c.NotBefore.UTC().Format(time.DateOnly), NotAfter: c.NotAfter.UTC().Format(time.DateOnly),
		Fingerprint: c.Fingerprint, Unfit: c.Unfit, In: slices.Clone(c.In),
	}
}

func link(l mesh.Link) Link {
	return Link{
		Cluster: l.Cluster, Object: l.Object, Pos: l.Loc.Pos(), Domain: l.Domain, Namespace: l.Namespace,
		Ways: convert(l.Ways, mesh.LinkWay.String), Gateways: slices.Clone(l.Gateways), Identity: l.Identity,
		Why: convert(l.Why, step), Unknown: convert(l.Unknown, gap),
	}
}

func replicas(r mesh.Replicas) Replicas {
	return Replicas{
		Declared: r.Declared, Min: r.Min, Max: r.Max, Running: r.Running, Zones: slices.Clone(r.Zones),
		Spread: slices.Clone(r.Spread), Strict: slices.Clone(r.Strict), Budgets: slices.Clone(r.Budgets),
		Why: convert(r.Why, step), Unknown: convert(r.Unknown, gap),
	}
}

func (in Input) components() []mesh.Component {
	if in.Graph == nil {
		return nil
	}
	return in.Graph.Components()
}

func component(c mesh.Component) Component {
	out := Component{
		Mesh: c.Mesh, Kind: c.Kind.String(), Revision: c.Revision, Namespace: c.Namespace, Version: c.Version, Pods: c.Pods,
		Workloads: convert(c.Workloads, mesh.WorkloadID.String), Why: convert(c.Why, step), Unknown: convert(c.Unknown, gap),
	}
	if c.Skew.Known {
		out.Behind = &c.Skew.Behind
	}
	return out
}
