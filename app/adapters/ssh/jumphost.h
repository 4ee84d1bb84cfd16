#pragma once

namespace elephaas::ssh {

class JumpHost { };

} // namespace elephaas::ssh
