/** What the editor shows to one who opens it for the first time. A test holds it against the schema. */
export const firstQuery = `# Welcome to oneoff. Run one of these: Ctrl-Enter, or the button.
# Hold the pointer over a name to read about it; the book on the left has the whole schema.

# What ran last, as whom, and at what cost.
query LatestJobs {
  viewer { workspace { name } scopes }
  jobs(first: 10) {
    edges {
      node { id serviceName startCommand status outcome { summary } runMs cost { amount currency } }
    }
  }
}

# The same, live: leave it running and start a job elsewhere.
subscription WatchJobs {
  jobsUpdated {
    position
    jobs { id startCommand status pendingReason { text } outcome { summary } }
  }
}

# What jobs can run in. A job takes its service's build, environment and plan.
query Services {
  services(first: 10) {
    edges { node { id name type lastSuccessfulBuild { imageDigest } } }
  }
}

# Put the id of a service in the variables below: { "serviceId": "srv-…" }
mutation RunCommand($serviceId: ID!, $startCommand: String! = "echo hello; date") {
  createJob(input: { serviceId: $serviceId, startCommand: $startCommand }) {
    job { id status }
  }
}
`;
