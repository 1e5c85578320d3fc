#include "driver.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>

#include "build.hpp"

namespace gliofront {
namespace {

std::vector<const Build*> builds() {
    std::vector<const Build*> usable = {&kBaseline};
#ifdef GLIOFRONT_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) usable.push_back(&kAvx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        usable.push_back(&kAvx512);
    }
#endif
    return usable;
}

const Build& choose() {
    const std::vector<const Build*> usable = builds();
    const char* wanted = std::getenv("GLIOFRONT_SIMD");
    if (!wanted || !*wanted) return *usable.back();
    std::string known;
    for (const Build* build : usable) {
        if (std::strcmp(build->name, wanted) == 0) return *build;
        known += std::string(known.empty() ? "" : ", ") + build->name;
    }
    throw std::invalid_argument("GLIOFRONT_SIMD=" + std::string(wanted) +
                                " is not known or not supported here; use one of " + known);
}

// The box around all centres and their cubes, 0 where it leaves the volume.
template <class Word>
class PaddedBox {
  public:
    PaddedBox(const Levels& levels, const int32_t* centres, int64_t n, int radius) {
        for (int axis = 0; axis < 3; ++axis) {
            int32_t low = centres[axis], high = centres[axis];
            for (int64_t i = 1; i < n; ++i) {
                low = std::min(low, centres[3 * i + axis]);
                high = std::max(high, centres[3 * i + axis]);
            }
            first_[axis] = static_cast<int64_t>(low) - radius;
            size_[axis] = static_cast<int64_t>(high) - low + 2 * radius + 1;
        }
        values_.assign(static_cast<size_t>(size_[0] * size_[1] * size_[2]), 0);
        if (levels.bytes) {
            copy(static_cast<const uint8_t*>(levels.data), levels.shape);
        } else {
            copy(static_cast<const uint16_t*>(levels.data), levels.shape);
        }
    }

    const Word* values() const { return values_.data(); }

    int64_t place(const int32_t* voxel) const {
        return step(voxel[0] - first_[0], voxel[1] - first_[1], voxel[2] - first_[2]);
    }

    int64_t step(int64_t x, int64_t y, int64_t z) const {
        return (x * size_[1] + y) * size_[2] + z;
    }

  private:
    template <class Given>
    void copy(const Given* given, const int* shape) {
        int64_t from[3], to[3];
        for (int axis = 0; axis < 3; ++axis) {
            from[axis] = std::max<int64_t>(first_[axis], 0);
            to[axis] = std::min<int64_t>(first_[axis] + size_[axis], shape[axis]);
        }
        for (int64_t x = from[0]; x < to[0]; ++x) {
            for (int64_t y = from[1]; y < to[1]; ++y) {
                const Given* row = given + (x * shape[1] + y) * shape[2];
                Word* out = values_.data() + step(x - first_[0], y - first_[1], -first_[2]);
                for (int64_t z = from[2]; z < to[2]; ++z) out[z] = static_cast<Word>(row[z]);
            }
        }
    }

    int64_t first_[3], size_[3];
    std::vector<Word> values_;
};

template <class Word>
std::vector<int64_t> cube_offsets(const PaddedBox<Word>& box, int radius) {
    std::vector<int64_t> offsets;
    for (int x = -radius; x <= radius; ++x) {
        for (int y = -radius; y <= radius; ++y) {
            for (int z = -radius; z <= radius; ++z) offsets.push_back(box.step(x, y, z));
        }
    }
    return offsets;
}

struct Freed {
    void operator()(unsigned char* memory) const {
        ::operator delete[](memory, std::align_val_t{64});
    }
};
using Memory = std::unique_ptr<unsigned char[], Freed>;

Memory aligned_zeros(size_t bytes) {
    Memory memory(static_cast<unsigned char*>(::operator new[](bytes, std::align_val_t{64})));
    std::memset(memory.get(), 0, bytes);
    return memory;
}

template <class Word>
class Job {
  public:
    Job(const Plan& plan, const Build& build, const Levels& levels, const int32_t* centres,
        int64_t n, float* features)
        : plan_(plan),
          build_(build),
          centres_(centres),
          n_(n),
          features_(features),
          box_(levels, centres, n, plan.settings.radius),
          offsets_(cube_offsets(box_, plan.settings.radius)),
          lanes_(build.lanes(plan)) {}

    int64_t blocks() const { return (n_ + lanes_ - 1) / lanes_; }

    Memory memory() const { return aligned_zeros(build_.memory(plan_)); }

    // Takes blocks until none is left. A row depends on its own cube alone, so it is the same
    // whichever thread computes it.
    void work(unsigned char* memory) {
        std::vector<int64_t> places(static_cast<size_t>(lanes_));
        std::vector<float> rows(static_cast<size_t>(lanes_) * kFeatures);
        for (int64_t b = next_++; b < blocks(); b = next_++) {
            const int64_t first = b * lanes_;
            const int64_t count = std::min<int64_t>(lanes_, n_ - first);
            for (int64_t l = 0; l < lanes_; ++l) {
                // The last block repeats its first centre in the lanes that are left.
                const int64_t i = first + (l < count ? l : 0);
                places[static_cast<size_t>(l)] = box_.place(centres_ + 3 * i);
            }
            build_.block(plan_, box_.values(), places.data(), offsets_.data(), rows.data(), memory);
            std::copy_n(rows.data(), count * kFeatures, features_ + first * kFeatures);
        }
    }

  private:
    const Plan& plan_;
    const Build& build_;
    const int32_t* centres_;
    int64_t n_;
    float* features_;
    PaddedBox<Word> box_;
    std::vector<int64_t> offsets_;
    int64_t lanes_;
    std::atomic<int64_t> next_{0};
};

template <class Word>
void run(const Plan& plan, const Build& build, const Levels& levels, const int32_t* centres,
         int64_t n, int threads, float* features) {
    Job<Word> job(plan, build, levels, centres, n, features);
    const int64_t workers = std::clamp<int64_t>(threads, 1, job.blocks());
    // Memory is taken here, where a failure can still be told to the caller.
    std::vector<Memory> memory;
    for (int64_t w = 0; w < workers; ++w) memory.push_back(job.memory());
    std::vector<std::thread> helpers;
    for (int64_t w = 1; w < workers; ++w) {
        helpers.emplace_back([&job, &memory, w] { job.work(memory[static_cast<size_t>(w)].get()); });
    }
    job.work(memory[0].get());
    for (std::thread& helper : helpers) helper.join();
}

}  // namespace

std::vector<std::string> usable_builds() {
    std::vector<std::string> names;
    for (const Build* build : builds()) names.emplace_back(build->name);
    return names;
}

std::string chosen_build() { return choose().name; }

void texture(const Levels& levels, const int32_t* centres, int64_t n, const Settings& settings,
             int threads, float* features) {
    const Build& build = choose();
    if (n == 0) return;
    const Plan plan(settings);
    if (plan.narrow) {
        run<uint8_t>(plan, build, levels, centres, n, threads, features);
    } else {
        run<uint16_t>(plan, build, levels, centres, n, threads, features);
    }
}

}  // namespace gliofront
